"""A server for measuring: in a directory of its own, gone with it."""

import shutil
import tempfile
import threading
import time
from pathlib import Path

import measure  # so that the fault programs' modules are found
import processes
from harness import FINAL, Api, Failed, Server, check

assert measure
SAMPLE_SECONDS = 0.05


class Stage:
    """A running server and its API, as a context manager."""

    def __init__(self, command, options=()):
        self.directory = Path(tempfile.mkdtemp(prefix="erlust-bench-"))
        self.server = Server(command, self.directory / "data", self.directory / "server.log",
                             options)
        self.api = Api(self.server, seconds=120)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        try:
            if self.server.is_running():
                self.server.stop()
        except Failed as error:
            print(f"warning: {error}")
        shutil.rmtree(self.directory)

    def submit(self, job_id, source, **more):
        self.api.submit({"id": job_id, "source": source, **more})

    def await_end(self, job_id, seconds=600):
        """The job, once it has completed. The server tells; nobody polls while it works."""
        end = time.monotonic() + seconds
        path = f"/v1/jobs/{job_id}/results?after=999999999&limit=1&wait=30"
        while True:
            self.api.get_text(path, seconds=60)
            job = self.api.job(job_id)
            if job["state"] in FINAL:
                check(job["state"] == "completed", f"{job_id} is {job['state']}: {job['reason']}")
                return job
            check(time.monotonic() < end, f"{job_id} did not end in {seconds} s")

    def values(self, job_id):
        return [result["value"] for result in self.api.results(job_id)]

    def await_ready(self, job_id, nodes):
        """Returns when so many consumers wait at the job's queue."""
        end = time.monotonic() + 60
        while self.api.queue(job_id)["consumers"] < nodes:
            check(time.monotonic() < end, f"{nodes} nodes of {job_id} did not come to their queue")
            time.sleep(0.02)


class Memory(threading.Thread):
    """Watches the resident memory of a process while it is used as a context manager."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.done = pid, 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def run(self):
        while not self.done.wait(SAMPLE_SECONDS):
            self.most = max(self.most, processes.rss_bytes(self.pid))
