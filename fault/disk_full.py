"""The disk under the data runs full, or the one under the logs only (fault F10); or no further file
can be made on it (F11). A small tmpfs each, which only root can mount."""

import errno
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

from fault import Fault, Skipped
from flow import Producer, settle_flow, take_results
from harness import Refused, check
from scene import Scene

DISK_BYTES = 256 << 20
BALLAST_BYTES = 160 << 20  # freed later
ITEM_CHARS = 10_000
BATCH = 50
REFUSED_STATUS = (503, 507)
RECOVERY_SECONDS = 30
LOGS_BYTES = 2 << 20
INODES = 40
ITEMS_LOUD = 1000
LOUD_CHARS = 8000
LOUD = f"""
def handle(item):
    print("loud " * {LOUD_CHARS // 5})
    return [item["n"], node.item.attempt]
"""


@contextmanager
def small_disk(scene, directory, limits):
    """A tmpfs with these limits on a directory of the scene. What the server has there goes with
    it."""
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small tmpfs")
    directory.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"{limits},mode=700", "none", str(directory)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        raise Skipped(f"no tmpfs here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        if scene.server.is_running():
            scene.look()
            scene.server.kill()
        subprocess.run(["umount", "-l", str(directory)], check=True)


def disk_full(options):
    with Scene("disk-full", options) as scene:
        with small_disk(scene, scene.data, f"size={DISK_BYTES}"):
            return _play(scene)


def logs_full(options):
    """Only the logs of nodes have no room: nothing but these logs suffers."""
    with Scene("disk-full-logs", options) as scene:
        logs = scene.data / "jobs"
        with small_disk(scene, logs, f"size={LOGS_BYTES}"):
            scene.start()
            _flow_with_output(scene, "loud")
            check(shutil.disk_usage(logs).free < LOUD_CHARS, "the disk did not run full")
            text = scene.api.get_text("/v1/jobs/loud/logs?node=0").decode()
            check("loud" in text, f"the log that was written can't be read: {text[:200]!r}")
            for old in logs.rglob("*"):
                if old.is_file():
                    old.unlink()
            scene.api.submit({"id": "after", "source": "print('after it')"})
            scene.api.await_end("after", 30)
            text = scene.api.get_text("/v1/jobs/after/logs").decode()
            check("after it" in text, f"there is room again, and no log: {text!r}")
            figures = settle_flow(scene)
            check(not figures["duplicated"], f"a result was kept twice: {figures}")
            scene.quiet(empty=["in"])
            return {"room for logs": f"{LOGS_BYTES >> 20} MiB", "items": figures["enqueues"],
                    "printed": f"{ITEMS_LOUD * LOUD_CHARS >> 20} MiB"}


def inodes_full(options):
    """Space there is, but no file can be made: the store has its files, logs have not."""
    with Scene("inodes-full", options) as scene:
        with small_disk(scene, scene.data, f"size={DISK_BYTES},nr_inodes={INODES}"):
            scene.start()
            made = _use_up_inodes(scene.data)
            _flow_with_output(scene, "loud")
            scene.kill_server()
            _use_up_inodes(scene.data, made)
            scene.start()
            job = scene.api.job("loud")
            check(job["state"] == "completed" and job["results"] == ITEMS_LOUD,
                  f"after a kill -9 the job is {job}")
            for path in made:
                path.unlink()
            scene.api.submit({"id": "after", "source": "print('after it')"})
            scene.api.await_end("after", 30)
            text = scene.api.get_text("/v1/jobs/after/logs").decode()
            check("after it" in text, f"there are inodes again, and no log: {text!r}")
            figures = settle_flow(scene)
            scene.quiet(empty=["in"])
            return {"inodes": INODES, "files that used them up": len(made),
                    "items": figures["enqueues"], "duplicated": figures["duplicated"]}


def _use_up_inodes(directory, made=None):
    """Makes empty files until none can be made. Returns them."""
    made = [] if made is None else made
    for n in range(len(made), len(made) + INODES):
        path = directory / f"empty-{n}"
        try:
            path.touch(exist_ok=False)
        except OSError as error:
            check(error.errno == errno.ENOSPC, f"not for want of inodes: {error}")
            return made
        made.append(path)
    raise AssertionError("the disk has more inodes than it should have")


def _flow_with_output(scene, job_id):
    """Items through a job that prints; it must complete with every result."""
    api = scene.api
    producer = Producer(scene, "in", ITEMS_LOUD, 50, 0)
    producer.start()
    producer.finish(30)
    api.submit({"id": job_id, "queue": "in", "num_of_nodes": 4, "source": LOUD})
    job = api.await_end(job_id, 60)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    take_results(scene, job_id)


def _play(scene):
    scene.start()
    api, history = scene.api, scene.history
    api.submit({"id": "before", "source": "node.emit(1)"})
    api.await_end("before", 30)
    ballast = scene.data / "ballast"
    ballast.write_bytes(bytes(BALLAST_BYTES))

    put, refused = _put_until_refused(scene, 0)
    _check_problem(refused, "a put")
    free = shutil.disk_usage(scene.data).free
    _check_problem(_refusal(api.submit, {"id": "during", "source": "node.emit(1)"}), "a submit")
    check(api.job("before")["state"] == "completed", "a job can't be read")
    check(len(list(api.results("before"))) == 1, "results can't be read")
    taken = _take(scene, put // 2)  # this also makes room in the queue: finish before you start

    ballast.unlink()
    _await_puts(scene, put)
    api.submit({"id": "after", "source": "node.emit(1)"})
    after = api.await_end("after", 30)
    check(after["state"] == "completed", f"a job after it is {after['state']}: {after['reason']}")
    scene.kill_server()
    scene.start()  # what was refused, half written, must not hurt the store
    taken += _take(scene, None)
    figures = settle_flow(scene)
    scene.quiet(empty=["in"])
    return {"put until refused": put, "free then": f"{free >> 10} KiB", "taken": taken,
            "status": refused.status, "duplicated": figures["duplicated"]}


def _items(first):
    return [{"n": n, "pad": "x" * ITEM_CHARS} for n in range(first, first + BATCH)]


def _put(scene, first):
    items = _items(first)
    values = [item["n"] for item in items]
    scene.history.invoke("put", values)
    try:
        scene.api.put("in", items)
    except Exception:
        scene.history.info("put", values)  # the first of them may have been accepted
        raise
    scene.history.ok("put", values)


def _put_until_refused(scene, first):
    """How many items were put, and the refusal."""
    for at in range(first, first + DISK_BYTES // ITEM_CHARS * 2, BATCH):
        try:
            _put(scene, at)
        except Refused as refused:
            return at - first, refused
    raise AssertionError("the server took more than the disk has room for")


def _refusal(call, *arguments):
    try:
        call(*arguments)
    except Refused as refused:
        return refused
    return None


def _check_problem(refused, what):
    check(refused is not None, f"{what} was accepted on a full disk")
    check(refused.status in REFUSED_STATUS and isinstance(refused.problem, dict)
          and "storage" in refused.problem.get("type", "") and refused.problem.get("detail"),
          f"{what} on a full disk: expected a problem of status 503 or 507 that says so, "
          f"got {refused}")


def _take(scene, most):
    """Receives and acknowledges up to `most` items, or all; how many. Each acknowledgement counts
    when the queue says so."""
    taken = 0
    while most is None or taken < most:
        got = scene.api.receive("in", 100)["items"]
        if not got:
            break
        answer = scene.api.ack("in", [one["receipt"] for one in got])
        check(answer["acknowledged"] == len(got), f"acknowledged {len(got)}, answered {answer}")
        scene.history.ok("take", [one["item"]["n"] for one in got])
        taken += len(got)
    check(most is None or taken >= most, f"only {taken} of {most} items could be taken")
    end = time.monotonic() + 10
    while scene.api.queue("in")["in_hand"]:
        check(time.monotonic() < end, "acknowledgements do not come through on a full disk")
        time.sleep(0.05)
    return taken


def _await_puts(scene, first):
    """Puts one batch, which must be taken soon after space was freed."""
    end = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return _put(scene, first + BATCH)
        except Refused as refused:
            check(time.monotonic() < end, f"still refused {RECOVERY_SECONDS} s after: {refused}")
            time.sleep(0.2)


FAULTS = [
    Fault("disk-full", "the data is on a tmpfs of 256 MiB that runs full; later space is freed",
          "puts and submits are refused with a problem that says so; reads and acknowledgements go "
          "on; it goes on by itself; nothing lost, also after a kill -9", disk_full),
    Fault("disk-full-logs", "only jobs/, the logs of nodes, is on a tmpfs of 2 MiB that runs full",
          "jobs complete, nothing lost; what was logged can be read; logs go on by themselves when "
          "there is room again", logs_full),
    Fault("inodes-full", "the data is on a tmpfs on which no further file can be made",
          "jobs complete, nothing lost; it starts again after a kill -9; logs go on by themselves "
          "when files can be made", inodes_full),
]
