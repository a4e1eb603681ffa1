"""What user code can reach from inside a node: nothing but its own. Each attempt is made by a
hostile job (inside.py) against victims made for it (victims.py)."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import processes
from fault import Fault, Skipped
from harness import await_that, check
from leftovers import Leftovers
from neighbours import PLANT, POISON, TRIES_NETWORK, VICTIM, VIEW
from scene import QUIET_SECONDS, Scene
from victims import Victims

INSIDE = (Path(__file__).parent / "inside.py").read_text()
CANARY = "canary-7d1f0c"  # no file and no process but those of the victims has it
USER = "64000"  # some ordinary user
NODE_USERS = range(60578, 61184)
END_SECONDS = 60
ANSWER_SECONDS, PATIENT_SECONDS = 0.5, 10  # for what is not to answer; for what has to
WITH_NETWORK = {"TCP", "UDP", "abstract sockets", "names", "interfaces"}
OOM_ORDER = "a better place in the out-of-memory order"
CAP_SYS_RESOURCE = 24  # who has it can keep others from changing that
HINT = '"network": true'
KEY_CALLS = {"x86_64": [248, 250], "aarch64": [217, 219]}  # add_key, keyctl: have no C function

# Becomes the words after its first two, in a new session keyring that has a secret key.
HOLDS_KEY = """
import ctypes, os, sys
C, add_key, keyctl = ctypes.CDLL(None), int(sys.argv[1]), int(sys.argv[2])
JOIN_SESSION_KEYRING, SESSION = 1, -3
if C.syscall(keyctl, JOIN_SESSION_KEYRING, None) > 0:
    C.syscall(add_key, b"user", b"erlust-fault-secret", b"secret", ctypes.c_size_t(6), SESSION)
os.execvp(sys.argv[3], sys.argv[3:])
"""

# Tells which keys it finds in its keyrings, and leaves some for the next.
FINDS_KEYS = """
import ctypes
C = ctypes.CDLL(None)
add_key, keyctl = node.args
SEARCH, RINGS = 10, {"session": -3, "user": -4, "user session": -5}
found = [[name, ring] for name in ("secret", *RINGS) for ring, number in RINGS.items()
         if C.syscall(keyctl, SEARCH, number, b"user", b"erlust-fault-" + name.encode(), 0) > 0]
planted = [name for name, number in RINGS.items()
           if C.syscall(add_key, b"user", b"erlust-fault-" + name.encode(), b"planted",
                        ctypes.c_size_t(7), number) > 0]
node.emit({"found": found, "planted": planted})
"""


def isolation(name, prepared):
    """`prepared(options)` returns the options of the server, and the user it runs as."""
    def run(options):
        options, user = prepared(options)
        calls = KEY_CALLS.get(platform.machine())
        if calls:
            options = with_command(options, [sys.executable, "-c", HOLDS_KEY, *map(str, calls),
                                             *options.command])
        with Scene(name, options) as scene:
            if user:
                os.chown(scene.directory, int(user), int(user))
            scene.directory.chmod(0o755)
            scene.start()
            info = scene.api.get("/v1/info")
            if info["isolation"] != "bubblewrap":
                raise Skipped(f"the sandbox that is tried here is bubblewrap, not "
                              f"{info['isolation']}")
            with Victims(scene.directory / "victims", CANARY) as victims:
                figures = _play(scene, victims, user)
            scene.quiet()
            return {**figures, "limits by": info["node_limits"]["by"]}
    return run


def _play(scene, victims, user):
    leftovers = Leftovers(scene)
    clean = _run(scene, "clean", VIEW)[0]
    victim, address = _start_victim(scene)
    leftovers.note(victim)
    args = _targets(scene, victims, victim, address)
    report = _run(scene, "hostile", INSIDE, args=args)[0]
    if not _capabilities(scene.server.pid) >> CAP_SYS_RESOURCE & 1:
        report["got"].pop(OOM_ORDER)
    made = {name: got for name, got in report["got"].items() if got}
    check(not made, f"from inside a job ({report['who']}) there can be got: {made}")
    opened = _run(scene, "opened", INSIDE, args={**args, "answer_seconds": PATIENT_SECONDS},
                  network=True)[0]["got"]
    made = {name: got for name, got in opened.items()
            if got and name not in WITH_NETWORK and name in report["got"]}
    check(not made, f"with network there can also be got: {made}")
    check(opened["TCP"] == args["tcp"] and opened["UDP"] == args["udp"],
          f"with network not all can be reached: {opened['TCP']} {opened['UDP']} of {args}")
    if user is None and os.geteuid() == 0:
        _check_users(scene, victim)
    _check_hint(scene)
    planted = _check_keys(scene)
    wrote = _run(scene, "poison", POISON)[0]
    check(all(path.startswith(("/tmp/", "/dev/shm/")) for path in wrote), f"it wrote {wrote}")
    view = _run(scene, "view", VIEW)[0]
    check(view == clean, f"what a job wrote is seen by the next: {_differences(clean, view)}")
    _plant(scene, victims)
    scene.api.cancel("victim")
    scene.api.await_end("victim", END_SECONDS)
    leftovers.check_none("isolation")
    return {"attempts": len(report["got"]), "got": 0, "poisoned": len(wrote),
            "keys planted": planted}


def _run(scene, job_id, source, **more):
    """The results of a job that completes, as it must."""
    scene.api.submit({"id": job_id, "source": source, "restart": {"intensity": 0}, **more})
    job = scene.api.await_end(job_id, END_SECONDS)
    check(job["state"] == "completed",
          f"{job_id} is {job['state']}: {job['reason']}\n"
          f"{scene.api.get_text(f'/v1/jobs/{job_id}/logs').decode()}")
    check(job["isolation"] == scene.api.get("/v1/info")["isolation"],
          f"{job_id} says its isolation is {job['isolation']}")
    return [result["value"] for result in scene.api.results(job_id)]


def _capabilities(pid):
    """The effective ones of a process, a bit each."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff:")).split()[1], 16)


def _start_victim(scene):
    """Another job, that runs. Returns its process, and where in its memory there is the canary."""
    scene.api.hold("victim")
    scene.api.submit({"id": "victim", "queue": "victim", "source": VICTIM,
                      "env": {"SECRET": CANARY}})

    def at_work():
        node = scene.api.job("victim")["nodes"][:1]
        note = (node[0]["progress"] or {}).get("note") if node else None
        program = processes.program(node[0]["pid"]) if note and node[0]["pid"] else None
        return program and (program, int(note))
    return await_that(at_work, "the victim to hold its secrets", 30)


def _targets(scene, victims, victim, address):
    data, api = scene.data, urlsplit(scene.server.url)
    home = scene.runtime / str(processes.home(victim, scene.runtime))
    files = [victims.secret, data / "admin.token", data / "runtime", scene.server.log,
             *(path for path in data.rglob("*") if path.is_file()), home / "hand",
             f"/proc/{scene.server.pid}/environ", f"/proc/{victim}/root/tmp/secret",
             f"/proc/{victim}/environ", f"/proc/1/root{victims.secret}", "/etc/shadow"]
    directories = [victims.directory, data, scene.runtime, home, home / "work", scene.directory,
                   f"/proc/{victim}/root", f"/proc/{scene.server.pid}/cwd", f"/proc/1/root{data}",
                   "/sys/fs/cgroup", "/boot", "/var/lib", os.path.join("/", "home")]
    return {"canary": CANARY, "attempts": None, "answer_seconds": ANSWER_SECONDS,
            "files": [str(each) for each in files],
            "directories": [str(each) for each in directories],
            "pids": [scene.server.pid, victim], "addresses": [[victim, address]],
            "tcp": [[api.hostname, api.port], *map(list, victims.tcp)],
            "udp": [*map(list, victims.udp)], "abstract": [victims.abstract],
            "sockets": [str(victims.path), str(home / "sock")]}


def _check_users(scene, victim):
    """Root's server gives each node a user of its own: seen from outside."""
    scene.api.submit({"id": "other", "queue": "victim", "source": "node.q_get()"})

    def other():
        nodes = scene.api.job("other")["nodes"]
        return nodes and nodes[0]["pid"] and processes.program(nodes[0]["pid"])
    users = [Path(f"/proc/{pid}").stat().st_uid
             for pid in (victim, await_that(other, "another node", 30))]
    scene.api.cancel("other")
    check(len(set(users)) == 2 and all(each in NODE_USERS for each in users),
          f"expected two users of {NODE_USERS}, the nodes run as {users}")


def _check_hint(scene):
    """Who wants the network and has none is told how to get it, in the job's log."""
    _run(scene, "offline", TRIES_NETWORK)
    log = scene.api.get_text("/v1/jobs/offline/logs").decode()
    check("refused:" in log and HINT in log, f"its log does not tell {HINT}: {log!r}")


def _check_keys(scene):
    """Neither the keys of whoever started the server are found nor another job's. Returns how many
    were planted: 0 where there are no keyrings."""
    calls = KEY_CALLS.get(platform.machine())
    if not calls:
        return 0
    seen = [_run(scene, f"keys-{n}", FINDS_KEYS, args=calls)[0] for n in range(3)]
    found = [each["found"] for each in seen]
    check(not any(found), f"jobs found keys that are not theirs, as [whose, where]: {found}")
    return sum(len(each["planted"]) for each in seen)


def _plant(scene, victims):
    """What lies in wait for the server's clean-up, which must not follow it."""
    def state():
        return [(str(path), path.lstat().st_mode, path.is_file() and path.read_text())
                for path in sorted(victims.directory.rglob("*"))]
    before = state()
    _run(scene, "plant", PLANT, args=str(victims.directory))
    await_that(lambda: not any(scene.runtime.glob("n*/*/deep")), "its scratch to be gone",
               QUIET_SECONDS)
    check(state() == before, f"the clean-up followed a link: {before} is now {state()}")


def _differences(before, after):
    return {path: (before.get(path), after.get(path)) for path in {*before, *after}
            if before.get(path) != after.get(path)}


def _as_harness(options):
    """The server has the canary in its own environment."""
    return with_command(options, ["env", f"ERLUST_FAULT_CANARY={CANARY}", *options.command]), None


def _as_ordinary_user(options):
    if os.geteuid() != 0:
        raise Skipped("only root can become another user; the server of `isolation` ran as you")
    java = [f"JAVA_HOME={os.environ['JAVA_HOME']}"] if "JAVA_HOME" in os.environ else []
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all",
              "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", *java,
              f"ERLUST_FAULT_CANARY={CANARY}"]
    probe = subprocess.run([*become, *options.command[:-1], "--version"], capture_output=True,
                           text=True)
    if probe.returncode:
        raise Skipped(f"user {USER} can't run the server: {probe.stderr.strip()[-200:]}")
    return with_command(options, [*become, *options.command]), USER


def with_command(options, command):
    return SimpleNamespace(**{**vars(options), "command": command})


def levels(options):
    """Each level that can be asked for says so, in /v1/info and in the job, and cleans up."""
    figures = {}
    for level in ("bubblewrap", "process", "none"):
        with Scene(f"isolation-{level}", options, ("--sandbox", level)) as scene:
            scene.start()
            info = scene.api.get("/v1/info")
            check(info["isolation"] == level, f"asked for {level}, got {info['isolation']}")
            with Victims(scene.directory / "victims", CANARY) as victims:
                _plant(scene, victims)
            scene.quiet()
            figures[level] = info["node_limits"]["by"]
    return figures


ASSERTED = ("nothing can be read of other jobs, the data, the token, the host's processes; "
            "nothing written but its scratch; nothing reached; no privileges; the next job sees "
            "nothing of it")
FAULTS = [
    Fault("isolation", "a hostile job tries each way out, beside a victim", ASSERTED,
          isolation("isolation", _as_harness)),
    Fault("isolation-user", "the same, of a server that is not root's", ASSERTED,
          isolation("isolation-user", _as_ordinary_user)),
    Fault("isolation-levels", "--sandbox bubblewrap, process, none; links, pipes and deep trees "
          "planted in the scratch", "the level is told; the clean-up follows no link", levels),
]
