"""Hostile jobs (faults F3, F27 to F31): while each runs, the server answers at once and an innocent
job finishes; afterwards nothing of it is left, though the server still runs."""

import platform
import time
from pathlib import Path

import processes
from attacks import (FILE_ATTACKS, LOUD_START, MEMORY_ATTACKS, MIB, OUTPUT_ATTACKS, PROCESS_ATTACKS,
                     TRACES_PROCESS_1)
from fault import Fault, Skipped
from harness import FINAL, await_that, check
from leftovers import Leftovers
from prober import Prober
from scene import Scene

LASTS_SECONDS = 1.5, 8  # until what doesn't end by itself is cancelled; short and in full
SHUTDOWN_MS = 400
PLAYED_MOST = 3
END_SECONDS = 60
INNOCENT_SECONDS = 20
GONE_SECONDS = 1.0
PLAIN_SECONDS = 10
LOUD_BYTES = MIB // 8  # more than a pipe holds
HOME_BYTES = 256 * MIB  # what a node's directory may take on the machine's disk, for a moment
LOG_BYTES = 8 * MIB  # what a job's logs may: 2 MiB a node are kept
TEXT_BYTES = 2 * MIB + 4096
SERVER_BYTES = 640 * MIB  # a heap of 512 MiB, and the machine under it
INNOCENT_ITEMS = 50
INNOCENT = "def handle(item): return item"


class Outcome:
    """How an attack ended, and what was seen of it meanwhile."""

    def __init__(self, name):
        self.name = name
        self.most_processes = 0
        self.home_bytes = 0
        self.server_bytes = 0
        self.job, self.results = None, []

    @property
    def state(self):
        return self.job["state"]

    @property
    def exit(self):
        return self.job["nodes"][0]["exit"]

    @property
    def stderr(self):
        return self.job["nodes"][0].get("stderr")

    def described(self, expected):
        return (f"expected {expected}, got {self.state}, exit {self.exit}; "
                f"reason: {self.job['reason']}; stderr: {self.stderr!r}")


class Stage:
    """One server on which attacks are played, one after the other or together."""

    def __init__(self, scene):
        self.scene, self.api = scene, scene.api
        self.leftovers = Leftovers(scene)
        self.played = 0
        self.slowest_ms = self.asked = self.late = self.innocent_seconds = 0

    def play(self, attacks):
        """Plays them at the same time, an innocent job beside them. Once more when an answer came
        late: what the attack is to blame for comes each time, what else the machine does does not.
        """
        what = " + ".join(each.name for each in attacks)
        for rest in reversed(range(PLAYED_MOST)):
            prober = self._play(attacks, what)
            self.late += len(prober.late())
            if not rest or not prober.late():
                prober.check_prompt(f"{what}, played {PLAYED_MOST - rest} times")
                return

    def _play(self, attacks, what):
        self.played += 1
        with Prober(self.scene.server.url) as prober:
            jobs = {self._submit(each, n): (each, Outcome(each.name))
                    for n, each in enumerate(attacks)}
            innocent = self._submit_innocent()
            self._watch(jobs, innocent)
        self.asked += len(prober.answers)
        self.slowest_ms = max(self.slowest_ms, prober.slowest_ms())
        for job_id, (each, outcome) in jobs.items():
            self._judge(job_id, each, outcome)
        self.leftovers.check_none(what)
        return prober

    def _submit(self, attack, n):
        job = {"id": f"attack-{self.played}-{n}", "source": attack.source, **attack.job,
               **(attack.short if self.scene.short else {}),
               "restart": {"intensity": 0, "shutdown_ms": SHUTDOWN_MS}}
        if "queue" in job:
            self.api.put(job["queue"], [1, 2, 3])
        self.api.submit(job)
        return job["id"]

    def _submit_innocent(self):
        name = f"innocent-{self.played}"
        self.api.put(name, list(range(INNOCENT_ITEMS)))
        self.api.submit({"id": name, "queue": name, "source": INNOCENT})
        return name

    def _watch(self, jobs, innocent):
        """Until all have ended; those that last are cancelled when it is time and the innocent one
        has finished."""
        began = time.monotonic()
        lasts = LASTS_SECONDS[0 if self.scene.short else 1]
        to_cancel = {job_id for job_id, (attack, _) in jobs.items() if attack.lasts}
        innocent_ended = False
        while True:
            now = {job_id: self._look(job_id, outcome) for job_id, (_, outcome) in jobs.items()}
            seconds = time.monotonic() - began
            if not innocent_ended and self.api.job(innocent)["state"] in FINAL:
                innocent_ended = True
                self.innocent_seconds = max(self.innocent_seconds, seconds)
            check(innocent_ended or seconds < INNOCENT_SECONDS,
                  f"the innocent job has not ended within {INNOCENT_SECONDS} s")
            if innocent_ended and all(state in FINAL for state in now.values()):
                break
            if innocent_ended and seconds > lasts:
                for job_id in to_cancel:
                    self.api.cancel(job_id)
                to_cancel = ()
            check(seconds < END_SECONDS, f"not ended within {END_SECONDS} s: {now}")
            time.sleep(0.03)
        values = [result["value"] for result in self.api.results(innocent)]
        check(sorted(values) == list(range(INNOCENT_ITEMS)),
              f"the innocent job has {len(values)} results of {INNOCENT_ITEMS}")

    def _look(self, job_id, outcome):
        """Notes what a running attack has; its job's state."""
        job = self.api.job(job_id)
        outcome.job = job
        pid = job["nodes"][0]["pid"] if job["nodes"] else None
        outcome.server_bytes = max(outcome.server_bytes,
                                   processes.rss_bytes(self.scene.server.pid))
        if pid and job["state"] == "running":
            home = self.leftovers.note(pid)
            outcome.most_processes = max(outcome.most_processes, len(processes.descendants(pid)))
            if home:
                outcome.home_bytes = max(outcome.home_bytes,
                                         disk_bytes(self.scene.runtime / home))
        return job["state"]

    def _judge(self, job_id, attack, outcome):
        outcome.job = self.api.job(job_id)
        outcome.results = [result["value"] for result in self.api.results(job_id)]
        try:
            attack.judge(outcome)
            check(outcome.home_bytes <= HOME_BYTES, f"its directory took {outcome.home_bytes:,} "
                                                    "bytes of the machine's disk")
            check(outcome.server_bytes <= SERVER_BYTES,
                  f"the server had {outcome.server_bytes:,} bytes of memory")
            self._judge_log(job_id)
        except AssertionError as error:
            raise type(error)(f"{attack.name}: {error}") from None

    def _judge_log(self, job_id):
        text = self.api.get_text(f"/v1/jobs/{job_id}/logs")
        text.decode()  # fails if it is not UTF-8
        check(len(text) <= TEXT_BYTES, f"its log has {len(text):,} bytes")
        kept = disk_bytes(self.scene.data / "jobs")
        check(kept <= LOG_BYTES * (self.played + 1), f"the logs take {kept:,} bytes")


def disk_bytes(directory):
    total = 0
    for path in Path(directory).rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except OSError:
            pass  # gone meanwhile
    return total


def sandboxed(scene):
    """What its server says of itself."""
    info = scene.api.get("/v1/info")
    if info["isolation"] != "bubblewrap":
        raise Skipped(f"hostile jobs need a sandbox, and here it is {info['isolation']}")
    return info


def hostile(name, attacks):
    def run(options):
        with Scene(name, options) as scene:
            scene.start()
            info = sandboxed(scene)
            by_cgroup = info["node_limits"]["by"].startswith("cgroup")
            chosen = [each for each in attacks if by_cgroup or not each.by_cgroup]
            stage = Stage(scene)
            for _ in range(1 if scene.short else 3):
                for each in chosen:
                    stage.play([each])
            if not scene.short:
                stage.play(chosen)
            scene.quiet()
            return {"attacks": stage.played, "/livez asked": stage.asked,
                    "slowest ms": stage.slowest_ms, "of 100 ms or more": stage.late,
                    "innocent job ended within ms": round(1000 * stage.innocent_seconds)}
    return run


def outlives(options):
    """What traced its sandbox's process 1 outlives neither its job nor its server."""
    if platform.machine() != "x86_64":
        raise Skipped(f"it knows the registers of x86_64, not of {platform.machine()}")
    with Scene("hostile-outlives", options) as scene:
        scene.start()
        info = sandboxed(scene)
        traced, began = start_tracing(scene, "ends", 0.5)
        scene.api.await_end("ends", END_SECONDS)
        check_gone(began, "its job's end")
        traced, began = start_tracing(scene, "killed", END_SECONDS)
        seconds = scene.kill_server()
        check_gone(began, "the server's kill -9", GONE_SECONDS - seconds)
        scene.start()
        scene.api.cancel("killed")
        scene.api.await_end("killed", END_SECONDS)
        scene.quiet()
        return {"traced": traced, "gone after ms": round(1000 * seconds),
                "limits by": info["node_limits"]["by"]}


def start_tracing(scene, job_id, seconds):
    """(whether it could trace, {pid: start time} of all it has)."""
    api = scene.api
    api.submit({"id": job_id, "source": TRACES_PROCESS_1, "args": seconds})
    said = await_that(lambda: list(api.results(job_id)), "it to have traced", END_SECONDS)
    pid = api.job(job_id)["nodes"][0]["pid"]
    home = processes.home(pid, scene.runtime)
    began = {each: processes.identity(each) for each, other
             in processes.homes(scene.runtime).items() if other == home}
    return said[0]["value"], {**processes.descendants(pid),
                              **{each: is_a[1] for each, is_a in began.items() if is_a}}


def check_gone(began, when, seconds=GONE_SECONDS):
    check(len(began) > 2, f"expected a node in a sandbox and what it left, got {began}")

    def left():
        return [pid for pid, started in began.items() if processes.is_alive(pid, started)]
    await_that(lambda: not left(), lambda: f"{left()} to be gone after {when}", seconds)


def loud_start(options):
    """Nodes that write a lot before hello hold up no other job's start."""
    with Scene("hostile-starts", options, ("--spares", "0")) as scene:
        scene.start()
        api = scene.api
        api.submit({"id": "loud", **LOUD_START})
        await_that(lambda: processes.homes(scene.runtime), "a node of the loud job",
                   PLAIN_SECONDS)
        slowest = 0
        for n in range(3 if scene.short else 20):
            began = time.monotonic()
            api.submit({"id": f"plain-{n}", "source": "node.emit(1)"})
            job = api.await_end(f"plain-{n}", PLAIN_SECONDS)
            check(job["state"] == "completed", f"a plain job is {job['state']}: {job['reason']}")
            slowest = max(slowest, time.monotonic() - began)
        api.cancel("loud")
        job = api.await_end("loud", PLAIN_SECONDS)
        check(job["state"] == "cancelled", f"the loud job is {job['state']}: {job['reason']}")
        wrote = len(api.get_text("/v1/jobs/loud/logs"))
        check(wrote >= LOUD_BYTES, f"the loud job wrote {wrote:,} bytes, not {LOUD_BYTES:,}")
        scene.quiet()
        return {"plain jobs": n + 1, "slowest ms": round(1000 * slowest),
                "bytes of its log": wrote}


ASSERTED = ("GET /livez every 20 ms is answered within 100 ms; an innocent job finishes; exit "
            "reason as documented; no process, mount, cgroup or directory of it left")
FAULTS = [
    Fault("hostile-processes", "fork bomb, 64 busy threads, double fork with setsid and no "
          "environment, SIGTERM ignored, a grandchild that holds the pipe",
          ASSERTED, hostile("hostile-processes", PROCESS_ATTACKS)),
    Fault("hostile-memory", "memory bomb; /tmp and /dev/shm filled, with bytes and with files",
          ASSERTED, hostile("hostile-memory", MEMORY_ATTACKS)),
    Fault("hostile-output", "yes on stdout and stderr, 1 GB without a newline, NUL, ANSI and "
          "invalid UTF-8", ASSERTED, hostile("hostile-output", OUTPUT_ATTACKS)),
    Fault("hostile-files", "files opened until EMFILE; /run/erlust and the hand file grown, "
          "unlinked, replaced; a hand file that lies; garbage on the socket",
          ASSERTED, hostile("hostile-files", FILE_ATTACKS)),
    Fault("hostile-outlives", "a job traces its sandbox's process 1 and clears its parent-death "
          "signal and its environment; then it ends, or the server is killed",
          "nothing of it is alive after 1 s", outlives),
    Fault("hostile-starts", "8 nodes write megabytes before hello (LD_DEBUG=all)",
          "plain jobs complete within 10 s each; its cancel ends it", loud_start),
]
