"""A real server process to hurt, and what the fault programs ask it over its public HTTP API."""

import http.client
import json
import os
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300  # the launcher may build the server first
STOP_SECONDS = 30
ANSWER_SECONDS = 10
AWAY_SECONDS = 60  # how long a killed server may stay away before a patient call gives up
FINAL = ("completed", "failed", "cancelled")


class Failed(AssertionError):
    """What a fault program asserts does not hold."""


class Unknown(Exception):
    """There was no answer: what was asked for may have happened, or not."""


class Refused(Exception):
    """The server said no. `problem` is its RFC 9457 body, or the text of another one."""

    def __init__(self, status, problem, headers):
        super().__init__(f"{status} {problem}")
        self.status, self.problem, self.headers = status, problem, headers


def check(holds, message):
    if not holds:
        raise Failed(message)


def await_that(condition, what, seconds, pause=0.02):
    """Polls until `condition()` is true, and returns what it returned. `what` is waited for, in
    words: a text, or a function that makes one in the end."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s in vain for {what() if callable(what) else what}")
        time.sleep(pause)


def server_command(text=None):
    """The words that start a server, without --port and --data."""
    default = f"{shlex.quote(str(ROOT / 'erlust'))} serve"
    return shlex.split(text or os.environ.get("ERLUST_SERVER") or default)


class Server:
    """One data directory and, most of the time, a server process on it: leader of its own session.

    Each start has a new port: nobody can take the old one away meanwhile.
    """

    def __init__(self, command, data, log, options=()):
        self.data, self.log = Path(data), Path(log)
        self.words = [*command, "--port", "0", "--data", str(data), *options]
        self.process = None
        self.url = None  # None while it doesn't listen
        self.starts = 0

    def spawn(self):
        """Starts the process and doesn't wait. `await_listening` does."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True)
        self.starts += 1
        self._said = threading.Event()
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process):
        with process.stdout:
            for line in process.stdout:
                words = line.decode(errors="replace").split()
                if words[:2] == ["listening", "on"] and process is self.process:
                    self.url = words[2]
                    self._said.set()
        if process is self.process:
            self._said.set()

    def await_listening(self, seconds=START_SECONDS):
        """Waits for the `listening on` line; fails with the end of the log if none comes."""
        self._said.wait(seconds)
        check(self.url, f"the server did not start; the end of {self.log}:\n{self.last_words()}")
        return self

    def start(self):
        self.spawn()
        return self.await_listening()

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9 of the server and of a launcher that still is its parent, but of no node."""
        self._end(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def stop(self):
        """Asks it to end, as `systemctl stop` does. Returns the exit code."""
        self._end(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the server did not end within {STOP_SECONDS} s of SIGTERM") from None

    def _end(self, number):
        self.url = None
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass  # it has ended by itself; wait() says how

    def token(self):
        return (self.data / "admin.token").read_text().strip()


class Api:
    """The HTTP API of a server that may be away. Connections are kept, one a thread.

    `call` asks once: no answer is `Unknown`. `get`, and what is built on it, asks until there is
    an answer, because asking again changes nothing.
    """

    def __init__(self, server, seconds=ANSWER_SECONDS):
        self.server, self.seconds = server, seconds
        self._token = None  # the same in every life of the server
        self._local = threading.local()

    def call(self, method, path, body=None, kind="application/json", seconds=None):
        url = self.server.url
        if url is None:
            raise Unknown("the server is away")
        try:
            connection = self._connection(url, seconds or self.seconds)
            self._token = self._token or self.server.token()
            headers = {"Authorization": f"Bearer {self._token}"}
            if body is not None:
                headers["Content-Type"] = kind
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._local.url = None
            raise Unknown(f"{method} {path}: {error!r}") from error
        if answer.status >= 400:
            raise Refused(answer.status, _problem(text), answer.headers)
        return answer.status, text

    def _connection(self, url, seconds):
        if getattr(self._local, "url", None) != url:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=seconds)
            connection.connect()
            self._local.connection, self._local.url = connection, url
        self._local.connection.timeout = seconds
        if self._local.connection.sock:
            self._local.connection.sock.settimeout(seconds)
        return self._local.connection

    def post(self, path, value=None):
        body = None if value is None else json.dumps(value).encode()
        return _json(self.call("POST", path, body)[1])

    def get_text(self, path, seconds=None, patience=AWAY_SECONDS):
        end = time.monotonic() + patience
        while True:
            try:
                return self.call("GET", path, seconds=seconds)[1]
            except Unknown:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def get(self, path):
        return json.loads(self.get_text(path))

    # Jobs

    def submit(self, job):
        return self.post("/v1/jobs", {"job": job})

    def job(self, job_id):
        return self.get(f"/v1/jobs/{quote(job_id)}")

    def cancel(self, job_id):
        return self.post(f"/v1/jobs/{quote(job_id)}/cancel")

    def await_end(self, job_id, seconds):
        """The job, once its state is final."""
        def ended():
            job = self.job(job_id)
            return job if job["state"] in FINAL else None
        return await_that(ended, f"job {job_id} to end", seconds, 0.05)

    def results(self, job_id, after=0):
        """All results after a seq, a page at a time."""
        while True:
            path = f"/v1/jobs/{quote(job_id)}/results?after={after}&limit=1000"
            page = [json.loads(line) for line in self.get_text(path).splitlines()]
            yield from page
            if not page:
                return
            after = page[-1]["seq"]

    # Queues

    def configure(self, queue, **config):
        self.call("PUT", f"/v1/queues/{quote(queue)}", json.dumps(config).encode())

    def queue(self, name):
        return self.get(f"/v1/queues/{quote(name)}")

    def put(self, queue, items):
        """Puts items; durable when it returns."""
        body = b"".join(json.dumps(item).encode() + b"\n" for item in items)
        path = f"/v1/queues/{quote(queue)}/items"
        answer = _json(self.call("POST", path, body, "application/x-ndjson")[1])
        check(answer.get("accepted") == len(items), f"put {len(items)} items, answered {answer}")

    def receive(self, queue, most, wait_seconds=0):
        wish = {"max": most, "wait_s": wait_seconds, "lease_s": 60}
        return self.post(f"/v1/queues/{quote(queue)}/receive", wish)

    def ack(self, queue, receipts):
        return self.post(f"/v1/queues/{quote(queue)}/ack", {"receipts": receipts})

    def dead(self, queue):
        return self.get(f"/v1/queues/{quote(queue)}/dead")

    def hold(self, queue):
        """Keeps a queue from being drained while HTTP puts to it: a job that could, and never does.

        Returns the job's id; cancelling it lets go.
        """
        job = {"id": f"hold-{queue}", "when": "manual", "source": "pass", "produces": [queue]}
        self.submit(job)
        return job["id"]


def _problem(text):
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")


def _json(text):
    return json.loads(text) if text.strip() else {}
