"""The disk has damaged the store while no server ran (fault F43): pages of erlust.db overwritten,
its write-ahead log damaged or cut. Each damage is done to a fresh copy of the same data.

What a damage inside of the bytes of an item does, no server notices: SQLite has no checksums over
its pages. The log has.
"""

import shutil
import sqlite3
import struct
from contextlib import closing

from fault import Fault
from harness import Failed, Refused, await_that, check
from scene import Scene

PUTS = 40
BATCH = 10
PAD = 2000
RESULTS = 50
LOG_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
REFUSED_SECONDS = 60


def corrupt_store(options):
    rounds = 1 if options.short else 20
    with Scene("corrupt-store", options) as scene:
        _fill(scene)
        killed = scene.directory / "killed"
        shutil.copytree(scene.data, killed)
        _commits(killed / "erlust.db-wal")  # fails if there is nothing to damage
        stopped = scene.directory / "stopped"
        shutil.copytree(killed, stopped)
        _empty_log(stopped / "erlust.db")
        refused = 0
        for _ in range(rounds):
            refused += _after(scene, stopped, _overwrite_page, PUTS, PUTS) == "refused"
            check(_after(scene, killed, _damage_log, None, None) == "refused",
                  "a log damaged before its end was accepted: commits behind it are lost")
            _after(scene, killed, _damage_log_end, PUTS - 1, PUTS)
            _after(scene, killed, _cut_log, 0, PUTS)
        check(refused or options.short, "no damaged page was ever noticed")  # some hold nothing
        return {"stores damaged": 4 * rounds, "pages overwritten": rounds,
                "of them refused": refused}


def _fill(scene):
    scene.start()
    scene.api.submit({"id": "done", "source": f"for n in range({RESULTS}): node.emit(n)"})
    scene.api.await_end("done", 30)
    for put in range(PUTS):
        scene.api.put("in", [{"n": put * BATCH + n, "pad": "x" * PAD} for n in range(BATCH)])
    scene.kill_server()


def _empty_log(store):
    """Everything into the database itself, as when a server stops in order."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _after(scene, source, damage, least, most):
    """Starts a server on a damaged copy. "refused": it named the damaged file and did not start;
    else all the jobs are there, and the items of the first `least` to `most` puts."""
    shutil.rmtree(scene.data)
    shutil.copytree(source, scene.data)
    damaged, where = damage(scene)
    said = len(scene.server.log.read_bytes())
    scene.server.spawn()
    await_that(lambda: scene.server.url or not scene.server.is_running(),
               "the server to start or to refuse", REFUSED_SECONDS)
    if scene.server.url is None:
        words = scene.server.log.read_bytes()[said:].decode(errors="replace")
        check(scene.server.process.wait() != 0, f"it refused {where}, and ended with 0")
        check(f"{damaged} is damaged" in words, f"it does not name {where}: {words}")
        return "refused"
    try:
        got = _read(lambda: _items(scene), least)
        results = _read(lambda: [one["value"] for one in scene.api.results("done")], least)
    except Refused as refused:
        raise Failed(f"it started on {where}, and answers {refused}") from refused
    check(got == list(range(len(got))),
          f"{where}: of {PUTS * BATCH} items, neither the first ones nor all are there: {got}")
    check(least is None or least * BATCH <= len(got) <= most * BATCH,  # a put may be many commits
          f"{where}: expected {least} to {most} puts of {BATCH}, got {len(got)} items, and nobody "
          "was told")
    check(results == list(range(RESULTS)) or least == 0,
          f"{where}: results are lost, and nobody was told")
    scene.kill_server()
    return "started"


def _read(reads, least):
    """A log that was cut before the queue or the job was made has none of it."""
    try:
        return reads()
    except Refused as refused:
        if refused.status != 404 or least != 0:
            raise
        return []


def _items(scene):
    got = []
    while scene.api.queue("in")["ready"]:
        got += [one["item"]["n"] for one in scene.api.receive("in", PUTS * BATCH, 1)["items"]]
    return sorted(got)


def _write(path, at, content):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(content)


def _overwrite_page(scene):
    path = scene.data / "erlust.db"
    page_bytes = struct.unpack(">H", path.read_bytes()[16:18])[0]
    page = scene.random.randrange(path.stat().st_size // page_bytes)
    length = scene.random.randint(64, page_bytes)
    _write(path, page * page_bytes, scene.random.randbytes(length))
    return path, f"{length} bytes of page {page} of {path}"


def _commits(path):
    """Where the frames begin that end a commit, and how long a frame is."""
    log = path.read_bytes()
    frame_bytes = FRAME_HEADER_BYTES + struct.unpack(">I", log[8:12])[0]
    frames = range(LOG_HEADER_BYTES, len(log) - frame_bytes + 1, frame_bytes)
    ends = [at for at in frames if log[at + 4:at + 8] != bytes(4)
            and log[at + 8:at + 16] == log[16:24]]
    check(len(ends) > PUTS / 2, f"only {len(ends)} commits are in the log")
    return ends, frame_bytes


def _flip(path, at, length):
    content = path.read_bytes()[at:at + length]
    _write(path, at, bytes(byte ^ 0xFF for byte in content))
    return path, f"{length} bytes at {at} of {path}"


def _damage_log(scene):
    """Anywhere before the end of the last commit but two: at least two that are good follow."""
    path = scene.data / "erlust.db-wal"
    ends, _ = _commits(path)
    return _flip(path, scene.random.randrange(ends[-3]), 16)


def _damage_log_end(scene):
    """In the last frame: as if the machine had stopped while it was written."""
    path = scene.data / "erlust.db-wal"
    ends, frame_bytes = _commits(path)
    return _flip(path, ends[-1] + scene.random.randrange(frame_bytes - 16), 16)


def _cut_log(scene):
    path = scene.data / "erlust.db-wal"
    ends, _ = _commits(path)
    at = scene.random.randrange(ends[0], path.stat().st_size)
    with open(path, "r+b") as file:
        file.truncate(at)
    return path, f"{path}, cut at {at}"


FAULTS = [
    Fault("corrupt-store", "pages of erlust.db overwritten; its log damaged before or at its end, "
          "or cut",
          "it refuses to start and names the file, or everything is there; of a log damaged in its "
          "last commit or cut, everything before that", corrupt_store),
]
