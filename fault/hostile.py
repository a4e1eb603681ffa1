"""Hostile jobs (faults F3, F27 to F31): while each runs, the server answers at once and an innocent
job finishes; afterwards nothing of it is left, though the server still runs."""

import time
from pathlib import Path

import processes
from attacks import FILE_ATTACKS, MEMORY_ATTACKS, MIB, OUTPUT_ATTACKS, PROCESS_ATTACKS
from fault import Fault, Skipped
from harness import FINAL, check
from leftovers import Leftovers
from prober import Prober
from scene import Scene

LASTS_SECONDS = 1.5, 8  # until what doesn't end by itself is cancelled; short and in full
SHUTDOWN_MS = 400
PLAYED_MOST = 3
END_SECONDS = 60
INNOCENT_SECONDS = 20
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


def hostile(name, attacks):
    def run(options):
        with Scene(name, options) as scene:
            scene.start()
            info = scene.api.get("/v1/info")
            if info["isolation"] != "bubblewrap":
                raise Skipped(f"hostile jobs need a sandbox, and here it is {info['isolation']}")
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
]
