"""The disk under the data runs full (fault F10): a small tmpfs, which only root can mount."""

import os
import shutil
import subprocess
import time

from fault import Fault, Skipped
from flow import settle_flow
from harness import Refused, check
from scene import Scene

DISK_BYTES = 256 << 20
BALLAST_BYTES = 160 << 20  # freed later
ITEM_CHARS = 10_000
BATCH = 50
REFUSED_STATUS = (503, 507)
RECOVERY_SECONDS = 30


def disk_full(options):
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small tmpfs")
    with Scene("disk-full", options) as scene:
        scene.data.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "none",
                 str(scene.data)]
        mounted = subprocess.run(mount, capture_output=True, text=True)
        if mounted.returncode:
            raise Skipped(f"no tmpfs here: {mounted.stderr.strip()}")
        try:
            return _play(scene)
        finally:
            if scene.server.is_running():
                scene.look()
                scene.server.kill()
            subprocess.run(["umount", "-l", str(scene.data)], check=True)


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
]
