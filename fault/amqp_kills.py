"""RabbitMQ dies by kill -9, has a memory alarm, and its connections to the server are cut or half
open, while items flow through it: from HTTP, from nodes and from a program outside, to nodes."""

import json
import re
import subprocess
import threading
import time

import memory
from amqp_programs import LANGUAGES, Programs
from fault import Fault
from flow import Producer, redelivered, settle_flow, take_results
from harness import await_that, check
from proxy import Proxy
from rabbit import Rabbit
from scene import Scene

NODES = 3
WORK_SECONDS = 0.001  # an item
RESUME_SECONDS = 5.0  # from when the broker takes connections again
# Until then nobody can know that a connection is half open: two heartbeats of 5 s without a word.
NOTICE_SECONDS = 15.0
STALL_SECONDS = 0.7  # without a result
END_SECONDS = 600

RELAY = """
def handle(item):
    node.q_put_all(node.args, item["items"])
"""
WORK = """
import time
def handle(item):
    time.sleep(node.args)
    return [item["n"], node.item.attempt]
"""


class Outside(threading.Thread):
    """Has the examples publish items, each language in turn; and those items again which a program
    could not say were confirmed."""

    def __init__(self, scene, programs, rabbit, numbers, batch, may_put):
        super().__init__(daemon=True)
        self.scene, self.programs, self.rabbit = scene, programs, rabbit
        self.numbers, self.batch, self.may_put = [*numbers], batch, may_put
        self.lost_connections = 0
        self.error = None

    def run(self):
        try:
            done = 0
            while done < len(self.numbers):
                self.may_put(done / len(self.numbers))
                language = [*LANGUAGES][done // self.batch % len(LANGUAGES)]
                done += self._publish(language, self.numbers[done:done + self.batch])
        except Exception as error:
            self.error = error

    def _publish(self, language, numbers):
        """Returns how many are confirmed."""
        self.scene.history.invoke("put", numbers)
        process = self.programs.start(self.rabbit.uri(), f"publish.{language}", "in",
                                      stdout=subprocess.DEVNULL)
        said = process.communicate("".join(json.dumps({"n": n}) + "\n" for n in numbers))[1]
        confirmed = len(numbers)
        if process.returncode != 0:
            self.lost_connections += 1
            check(said.startswith("error: "), f"publish.{language}: {said}")
            found = re.search(r"confirmed the first (\d+) lines", said)
            confirmed = int(found[1]) if found else 0
            time.sleep(1)  # the broker is away, and a start of a program costs
        self.scene.history.ok("put", numbers[:confirmed])
        return confirmed

    def finish(self, seconds):
        self.join(seconds)
        check(not self.is_alive(), f"not everything could be published within {seconds} s")
        self.check()

    def check(self):
        if self.error:
            raise self.error


class Taken(threading.Thread):
    """Watches the work's results: how many there are, and when the last one came."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.scene, self.count, self.over = scene, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            for result in self.scene.api.results("work", self.count):
                self.count = result["seq"]

    def stalls(self):
        """Waits until what nodes had in hand is done. Returns how many results there are then."""
        before = -1
        while self.count > before:
            before = self.count
            time.sleep(STALL_SECONDS)
        return before

    def resumes(self, before, since, seconds, what):
        """Waits for more results than `before`. Returns how long after `since` they came."""
        await_that(lambda: self.count > before, f"a result after {what}",
                   max(0.1, seconds - (time.monotonic() - since)), 0.005)
        return time.monotonic() - since


def amqp_kills(options):
    items, kills = (2_000, 1) if options.short else (100_000, 10)
    troubles = ["kill"] * kills + ["alarm", "cut"] + ([] if options.short else ["half-open"])
    with Rabbit(await_start=False) as rabbit, Proxy(rabbit.port) as proxy, Programs() as programs, \
            Scene("amqp-kills", options, ("--amqp", proxy.uri(rabbit))) as scene:
        scene.random.shuffle(troubles)
        flow = _Flow(scene, programs, rabbit, items, len(troubles))
        watched = memory.Watch(scene.server.pid, with_heap=not options.short)
        resumed = {}
        for trouble in troubles:
            flow.await_turn()
            seconds = TROUBLES[trouble](rabbit, proxy, flow)
            resumed.setdefault(trouble, []).append(seconds)
        flow.finish()
        grown = watched.finish()
        return {**flow.judge(), **{f"resumed after {name}": f"{max(seconds):.1f} s"
                                   for name, seconds in resumed.items()}, **grown}


class _Flow:
    """Three producers, one queue in the broker, one job that works on it."""

    def __init__(self, scene, programs, rabbit, items, turns):
        self.scene, self.turns, self.turn, self.items = scene, turns, 0, items
        scene.start()
        rabbit.await_started()  # the server need not wait for it
        api = scene.api
        api.configure("in", backend="amqp", max_attempts=20, backoff_ms=20)
        self.holds = [api.hold("in"), api.hold("tokens")]
        api.submit({"id": "work", "queue": "in", "num_of_nodes": NODES, "source": WORK,
                    "args": WORK_SECONDS})
        api.submit({"id": "relay", "queue": "tokens", "source": RELAY, "args": "in"})
        third = items // 3
        batch = third // (4 * (turns + 1))
        self.by_http = Producer(scene, "in", third, batch, 0, self._may_put)
        self.tokens = _Tokens(scene, [*range(third, 2 * third)], batch, self._may_put)
        self.outside = Outside(scene, programs, rabbit, range(2 * third, items), batch,
                               self._may_put)
        self.taken = Taken(scene)
        rabbit.sync_queues()
        await_that(lambda: api.job("work")["state"] == "running", "the nodes", END_SECONDS)
        for each in (self.by_http, self.tokens, self.outside, self.taken):
            each.start()

    def _may_put(self, share):
        """A part before, between and after the troubles, each."""
        while share * (self.turns + 1) > self.turn + 1.3:
            time.sleep(0.005)

    def await_turn(self):
        """Until most of the part before the next trouble has come out; the rest waits, in the
        broker or before it."""
        wanted = self.items * (self.turn + 0.5) / (self.turns + 1)
        await_that(lambda: self.outside.check() or self.taken.count >= wanted,
                   lambda: f"{wanted:.0f} results, not {self.taken.count}", END_SECONDS)

    def in_hand(self):
        return self.scene.api.queue("in")["in_hand"]

    def next_turn(self):
        """Lets the next part be put."""
        self.turn += 1

    def finish(self):
        for each in (self.by_http, self.tokens, self.outside):
            each.finish(END_SECONDS)
        api = self.scene.api
        api.queue("tokens")  # a connection that was idle for so long may be closed
        api.cancel(self.holds[1])
        job = api.await_end("relay", END_SECONDS)
        check(job["state"] == "completed", f"the relay is {job['state']}: {job['reason']}")
        self.tokens.done()
        api.cancel(self.holds[0])
        job = api.await_end("work", END_SECONDS)
        check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
        self.taken.over.set()
        self.taken.join()

    def judge(self):
        values = take_results(self.scene, "work")
        figures = settle_flow(self.scene)
        self.scene.quiet(empty=["in", "tokens"])
        return {"items": self.items, "lost": figures["lost"], "unexpected": figures["unexpected"],
                "came out twice": figures["dequeues"] - self.items,
                "more often than put": figures["duplicated"], "charged": redelivered(values),
                "puts unknown": self.by_http.unknown,
                "publishers cut off": self.outside.lost_connections}


class _Tokens(Producer):
    """What a node is to put to the broker's queue goes first to a queue of the server."""

    def __init__(self, scene, numbers, batch, may_put):
        super().__init__(scene, "tokens", 0, 1, 0, may_put)
        self.numbers = numbers
        self.items = [{"items": [{"n": n} for n in numbers[at:at + batch]]}
                      for at in range(0, len(numbers), batch)]

    def _put(self, items):
        self.scene.history.invoke("put", [one["n"] for item in items for one in item["items"]])
        self.scene.api.put(self.queue, items)

    def done(self):
        """The job that puts them has completed."""
        self.scene.history.ok("put", self.numbers)


def _kill(rabbit, proxy, flow):
    flow.next_turn()
    rabbit.kill9()
    rabbit.spawn()
    before = flow.taken.stalls()
    began = rabbit.await_listening()
    return flow.taken.resumes(before, began, RESUME_SECONDS, "the broker's return")


def _alarm(rabbit, proxy, flow):
    """While it lasts who consumes goes on, until the queue is empty: publishers are held."""
    rabbit.alarm(True)
    try:
        flow.next_turn()
        before = flow.taken.stalls()
    finally:
        rabbit.alarm(False)
    return flow.taken.resumes(before, time.monotonic(), RESUME_SECONDS, "the end of an alarm")


def _cut(rabbit, proxy, flow):
    accepted, began = proxy.accepted, time.monotonic()
    flow.next_turn()
    before = flow.taken.count + flow.in_hand()
    _await_new(proxy, accepted, proxy.cut(), RESUME_SECONDS)
    return flow.taken.resumes(before, began, RESUME_SECONDS, "cut connections")


def _half_open(rabbit, proxy, flow):
    accepted, began, seconds = proxy.accepted, time.monotonic(), NOTICE_SECONDS + RESUME_SECONDS
    flow.next_turn()
    frozen = proxy.freeze()
    before = flow.taken.stalls()
    _await_new(proxy, accepted, frozen, seconds)
    return flow.taken.resumes(before, began, seconds, "half open connections")


def _await_new(proxy, accepted, hurt, seconds):
    check(hurt >= 2, f"the server had {hurt} connections: not one to publish, one to consume")
    await_that(lambda: proxy.accepted >= accepted + hurt, "new connections", seconds, 0.005)


TROUBLES = {"kill": _kill, "alarm": _alarm, "cut": _cut, "half-open": _half_open}

FAULTS = [
    Fault("amqp-kills", "kill -9 of RabbitMQ, a memory alarm, cut and half open connections, while "
          "items flow through a queue of its from HTTP, nodes and programs outside to nodes",
          "nothing lost, nothing invented; consumption goes on within 5 s of the broker's return; "
          "the server's memory flat; nothing left over", amqp_kills),
]
