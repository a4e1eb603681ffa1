"""A second server is started on the same data directory (fault F44)."""

import time

from fault import Fault
from harness import Server, await_that, check
from scene import QUIET_SECONDS, Scene

REFUSED_SECONDS = 60


def two_servers(options):
    with Scene("two-servers", options) as scene:
        scene.start()
        scene.api.put("in", [{"n": 1}])
        second = Server(options.command, scene.data, scene.directory / "second.log")
        started = time.monotonic()
        second.spawn()
        try:
            await_that(lambda: not second.is_running(), "the second server to refuse to start",
                       REFUSED_SECONDS)
        finally:
            if second.is_running():
                second.kill()
        seconds = time.monotonic() - started
        check(second.process.returncode != 0 and not second.url, "the second server started")
        check(str(scene.data) in second.last_words(),
              f"it does not name the data directory: {second.last_words()}")
        check(scene.api.queue("in")["ready"] == 1, "the first server has lost its item")
        scene.kill_server()
        scene.start()  # the lock of a killed server is gone with it
        got = scene.api.receive("in", 10)["items"]
        check([one["item"] for one in got] == [{"n": 1}], f"the item is not there: {got}")
        scene.api.ack("in", [one["receipt"] for one in got])
        await_that(lambda: scene.api.queue("in")["in_hand"] == 0, "the acknowledgement",
                   QUIET_SECONDS)
        scene.quiet(empty=["in"])
        return {"refused within ms": round(1000 * seconds)}


FAULTS = [
    Fault("two-servers", "a second server is started on the same data directory",
          "it refuses and names the directory; the first one goes on; after a kill -9 of that one "
          "the data can be opened", two_servers),
]
