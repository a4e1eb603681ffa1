"""Too much of everything: at the limit, one past it, a hundred times it (fault F26).

Everything that is refused is refused for what it is, in bounded memory, and the server goes on.
"""

import gzip
import json
import threading
import time

import processes
from fault import Fault
from harness import Refused, Unknown, check
from scene import Scene
from upload import ANSWER_SECONDS, CHUNKED, JSON, NDJSON, Upload

MIB = 1 << 20
ITEM_BYTES = MIB
SOURCE_BYTES = ARGS_BYTES = 8 * MIB
BODY_BYTES = 16 * MIB
HEADER_BYTES = 16 << 10
MEMORY_BYTES = 800 * MIB  # of a server with a heap of 512 MiB: without heap, it ends


class Memory(threading.Thread):
    """Watches the resident memory of the server."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.before, self.most = pid, processes.rss_bytes(pid), 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, processes.rss_bytes(self.pid))


def expect(answer, status, word, what):
    """`word` ends the problem's type."""
    got, problem = answer
    check(got == status and (problem or {}).get("type", "").endswith(word),
          f"{what}: expected {status} {word}, got {got} {str(problem)[:300]}")


def ask(call, *arguments):
    """(status, problem) of a call of the harness; (200, {}) if it was granted."""
    try:
        call(*arguments)
        return 200, {}
    except Refused as refused:
        return refused.status, refused.problem
    except Unknown as unknown:
        return None, {"type": str(unknown)}


def text_of(size):
    """A JSON string of so many bytes."""
    return '"' + "a" * (size - 2) + '"'


def huge(options):
    with Scene("huge", options) as scene:
        scene.start()
        _goes_on(scene, "warm")
        memory = Memory(scene.server.pid)
        memory.start()
        cases = 0
        for part in (_fields, _items, _streams, _bodies, _headers, _nodes, _many):
            cases += part(scene)
            check(scene.server.is_running(), f"{part.__name__} ended the server; its last words:\n"
                  f"{scene.server.last_words()}")
            _goes_on(scene, part.__name__.strip("_"))
            check(memory.most < MEMORY_BYTES, f"{part.__name__}: {memory.most >> 20} MiB of memory")
        memory.over.set()
        log = scene.server.log.read_text(errors="replace")
        check("error_id" not in log and "OutOfMemory" not in log,
              f"the log tells of a defect:\n{scene.server.last_words()}")
        scene.quiet()
        return {"cases": cases, "memory MiB": f"{memory.before >> 20} before, "
                                              f"at most {memory.most >> 20}"}


def _goes_on(scene, name):
    scene.api.submit({"id": f"goes-on-{name}", "source": "node.emit(1)"})
    job = scene.api.await_end(f"goes-on-{name}", 60)
    check(job["state"] == "completed", f"a job after {name} is {job['state']}: {job['reason']}")


def _fields(scene):
    """Fields of a job, of a body that is not too long."""
    def padded(size):
        return "#" * size

    cases = {
        "source": (padded, SOURCE_BYTES),
        "args": (lambda size: "a" * (size - 2), ARGS_BYTES),
        "id": (padded_id, 128),
        "queue": (padded_id, 128),
        "labels": (lambda size: {"name": "v" * size}, 256),
        "env": (lambda size: {"NAME": "v" * size}, 32_768),
        "produces": (lambda size: [f"q{n}" for n in range(size)], 100),
    }
    for field, (make, limit) in cases.items():
        for size in (limit,) if scene.short and limit > MIB else (limit - 1, limit):
            answer = ask(scene.api.submit, _job(f"{field}-{size}", field, make(size)))
            check(answer[0] == 200, f"{field} of {size}: {str(answer)[:300]}")
        answer = ask(scene.api.submit, _job(f"{field}-past", field, make(limit + 1)))
        expect(answer, 422, "invalid-field", f"{field} of {limit + 1}")
        check(answer[1]["pointer"].startswith(f"/job/{field}"), f"{field}: {answer}")
        if limit * 100 < BODY_BYTES:
            answer = ask(scene.api.submit, _job(f"{field}-far-past", field, make(limit * 100)))
            expect(answer, 422, "invalid-field", f"{field} of {limit * 100}")
    # few characters, many bytes
    euros = _job("euros", "source", "\u20ac" * (SOURCE_BYTES // 3 + 1))
    text = json.dumps(euros, ensure_ascii=False).encode()
    expect(ask(scene.api.call, "POST", "/v1/jobs", text), 422, "invalid-field", "UTF-8")
    return 4 * len(cases) + 1


def padded_id(size):
    return "i" * size


def _job(job_id, field, value):
    return {"id": job_id, "when": "manual", "source": "pass", field: value}


def _items(scene):
    """Single items, and a queue's own limit."""
    put = "/v1/queues/huge/items"

    def one(text):
        return ask(scene.api.call, "POST", put, text.encode())

    for size in (ITEM_BYTES - 1, ITEM_BYTES):
        check(one(text_of(size))[0] == 200, f"an item of {size}")
    for size in (ITEM_BYTES + 1, (8 if scene.short else 100) * ITEM_BYTES):
        answer = one(text_of(size))
        expect(answer, 413, "item-too-large", f"an item of {size}")
        check(answer[1]["limit_bytes"] == ITEM_BYTES, f"the limit is not named: {answer}")
    for depth, status in ((200, 200), (201, 400), (100_000, 400)):
        check(one("[" * depth + "]" * depth)[0] == status, f"an item of depth {depth}")
    scene.api.configure("full", bytes_max=3 * MIB)
    lines = "\n".join([text_of(ITEM_BYTES)] * 5).encode()
    expect(ask(scene.api.call, "POST", "/v1/queues/full/items", lines, "application/x-ndjson"),
           429, "queue-full", "5 MiB to a queue of 3 MiB")
    sizes = []
    while got := scene.api.receive("huge", 10)["items"]:
        sizes += [len(json.dumps(each["item"])) for each in got]
        scene.api.ack("huge", [each["receipt"] for each in got])
    check(sizes == [ITEM_BYTES - 1, ITEM_BYTES, 400], f"items that came out: {sizes} bytes")
    return 9


def _streams(scene):
    """Bodies of lines: any length, but each line within its limit."""
    path = "/v1/queues/stream/items"
    line = text_of(ITEM_BYTES).encode() + b"\n"
    lines = 16 if scene.short else 512
    upload = Upload(scene.server, path, NDJSON, CHUNKED)
    for _ in range(lines):
        check(upload.send(line, chunked=True), "a stream of good lines was cut")
    upload.socket.sendall(b"0\r\n\r\n")
    status, problem = upload.answer()
    check((status, problem.get("accepted")) == (202, lines), f"{lines} lines: {status} {problem}")
    check(scene.api.queue("stream")["ready"] == lines, f"{scene.api.queue('stream')}")
    scene.api.call("DELETE", path)

    for way, past in (("one byte", ITEM_BYTES),
                      ("many times", (8 if scene.short else 100) * ITEM_BYTES)):
        upload = Upload(scene.server, path, NDJSON, CHUNKED)
        upload.send(b"1\n2\n", chunked=True)
        upload.send(b'"' + b"a" * (MIB - 1), chunked=True)
        while upload.sent < past + 3 and upload.send(b"a" * min(MIB, past + 3 - upload.sent),
                                                     chunked=True):
            pass
        upload.send(b'"\n3\n', chunked=True)
        upload.send(b"", chunked=True)
        answer = upload.answer()
        expect(answer, 413, "item-too-large", f"a line {way} past the limit")
        check((answer[1]["accepted"], answer[1]["line"]) == (2, 3), f"{way}: {answer}")
    taken = scene.api.receive("stream", 10)["items"]
    check([each["item"] for each in taken] == [1, 2, 1, 2], f"what was accepted is {taken}")
    scene.api.ack("stream", [each["receipt"] for each in taken])
    return 3


def _bodies(scene):
    """A body past its limit by its Content-Length, in chunks, and compressed."""
    far = 4 if scene.short else 100
    for path, limit, word in (("/v1/jobs", BODY_BYTES, "body-too-large"),
                              ("/v1/queues/huge/items", ITEM_BYTES, "item-too-large"),
                              ("/v1/queues/huge/receive", BODY_BYTES, "body-too-large")):
        for size in (limit + 1, 100 * limit):
            upload = Upload(scene.server, path, JSON, f"Content-Length: {size}")
            began = time.monotonic()
            expect(upload.answer(), 413, word, f"Content-Length {size} to {path}")
            check(time.monotonic() - began < 5, "it waited for the body that is too long")
        upload = Upload(scene.server, path, JSON, CHUNKED)
        while upload.sent < far * limit and upload.send(b" " * MIB, chunked=True):
            pass
        expect(upload.answer(), 413, word, f"{upload.sent} bytes in chunks to {path}")
    bomb = gzip.compress(bytes(1 << 30 if not scene.short else 64 * MIB), 1)
    for path, kind in (("/v1/jobs", JSON), ("/v1/queues/huge/items", JSON),
                       ("/v1/queues/huge/items", NDJSON), ("/v1/queues/huge/receive", JSON)):
        upload = Upload(scene.server, path, kind, "Content-Encoding: gzip",
                        f"Content-Length: {len(bomb)}")
        upload.send(bomb)
        expect(upload.answer(), 415, "unsupported-media-type", f"gzip to {path}")
    upload = Upload(scene.server, "/v1/queues/huge/items", JSON, "Content-Length: 1000")
    upload.send(bomb[:1000])
    expect(upload.answer(), 400, "malformed-json", "gzip that does not say so")
    for body in ('{"max": 1001}', '{"lease_s": 999999999}', '{"wait_s": 1e300}'):
        answer = ask(scene.api.call, "POST", "/v1/queues/huge/receive", body.encode())
        expect(answer, 422, "invalid-field", body)
    return 9 + 5 + 3


def _headers(scene):
    """The header of a request, as a whole and its path."""
    def with_header(size):
        upload = Upload(scene.server, "/v1/info", method="GET", *[
            f"X-Pad-{n}: {'x' * 1000}" for n in range(size // 1010)])
        return upload.answer()

    check(with_header(HEADER_BYTES - 1100)[0] == 200, "a header within the limit was refused")
    expect(with_header(HEADER_BYTES + 1010), 431, "header-too-large", "a header past the limit")
    expect(with_header(100 * HEADER_BYTES), 431, "header-too-large", "a header far past the limit")
    for size in (2 * HEADER_BYTES, 100 * HEADER_BYTES):
        answer = Upload(scene.server, "/v1/jobs/" + "x" * size, method="GET").answer()
        expect(answer, 414, "uri-too-long", f"a path of {size}")
    return 5


# What a node may not send: through the library, which says so; and past it, on its socket.
WITHIN = """
import erlust_node

def main():
    limit = node.item_bytes_max
    for call in (node.emit, lambda value: node.q_put("huge-out", value)):
        codes = []
        for size in (limit - 1, limit, limit + 1, node.args * limit):
            try:
                call("a" * (size - 2))
                codes.append("ok")
            except erlust_node.Error as error:
                codes.append(error.code)
        node.emit(codes)
"""
RETURNS = """
def handle(item):
    return "a" * item
"""
PAST = """
import time

def main():
    connection = node._connection
    line = b'"' + b"a" * (node.args["bytes"] - 2) + b'"'
    head = b'{"op":"emit","id":1000000,"n":%d}\\n' % node.args["lines"]
    connection._socket.sendall(head + (line + b"\\n") * node.args["lines"])
    time.sleep(30)
"""
HEADLESS = """
def main():
    while True:
        node._connection._socket.sendall(b"a" * (1 << 20))
"""


def _nodes(scene):
    api = scene.api
    api.submit({"id": "within", "source": WITHIN, "args": 8 if scene.short else 100})
    job = api.await_end("within", 60)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    values = [result["value"] for result in api.results("within")]
    codes = [value for value in values if isinstance(value, list)]
    check(codes == [["ok", "ok", "too_large", "too_large"]] * 2, f"the library said {codes}")
    check([len(value) + 2 for value in values if isinstance(value, str)]
          == [ITEM_BYTES - 1, ITEM_BYTES], "results at the limit are not as they were emitted")
    api.call("DELETE", "/v1/queues/huge-out/items")

    api.configure("returns", max_attempts=2, backoff_ms=20)
    api.put("returns", [1, ITEM_BYTES, 2])
    api.submit({"id": "returns", "source": RETURNS, "queue": "returns"})
    job = api.await_end("returns", 60)
    check(job["state"] == "completed", f"the job is {job['state']}: {job['reason']}")
    check(sorted(result["value"] for result in api.results("returns")) == ["a", "aa"],
          "the items beside the one with an oversized result have no results")
    dead = api.dead("returns")["items"]
    check(len(dead) == 1 and "too_large" in json.dumps(dead[0]), f"dead: {str(dead)[:500]}")
    api.call("DELETE", "/v1/queues/returns/dead")

    far = (8 if scene.short else 100) * ITEM_BYTES
    breaks = {"line-past": (PAST, {"bytes": ITEM_BYTES + 1, "lines": 1}),
              "frame-past": (PAST, {"bytes": ITEM_BYTES, "lines": 3}),
              "line-far-past": (PAST, {"bytes": far, "lines": 1}),
              "lines-past": (PAST, {"bytes": 2, "lines": 100_001}),
              "headless": (HEADLESS, None)}
    for name, (source, args) in breaks.items():
        api.submit({"id": name, "source": source, "args": args, "timeout_ms": 20_000,
                    "restart": {"intensity": 0, "shutdown_ms": 100}})
    for name in breaks:
        if name != "line-past":
            job = api.await_end(name, 60)
            check(job["state"] == "failed" and job["reason"] and "timeout" not in job["reason"],
                  f"{name}: expected it to fail at once, it is {job['state']}: {job['reason']}")
            check(not list(api.results(name)), f"{name}: a part of a broken frame was taken")
    api.cancel("line-past")  # is answered with an error, which nobody reads: the node lives on
    job = api.await_end("line-past", 60)
    check(not list(api.results("line-past")), "a result past the limit was taken")
    return 8 + 3 + len(breaks)


def _many(scene):
    """As many as like at the same time: bodies that are only announced, the largest that there may
    be, and streams of the longest lines."""
    crowd = 20 if scene.short else 150
    announced = [Upload(scene.server, "/v1/jobs", JSON, f"Content-Length: {BODY_BYTES}")
                 for _ in range(crowd)]
    time.sleep(0.3)
    _goes_on(scene, "announced")
    for upload in announced:
        upload.socket.close()
    body = json.dumps(_job("many", "args", "a" * (ARGS_BYTES - 2)))
    body = body.encode() + b" " * (BODY_BYTES - len(body))
    statuses = _at_once(scene, crowd // 5, "/v1/jobs", JSON, [body])
    check(set(statuses) <= {200, 202, 503} and statuses.count(202) == 1,
          f"bodies of 16 MiB at once: {statuses}")
    scene.api.configure("lines", bytes_max=1 << 40)
    line = text_of(ITEM_BYTES).encode() + b"\n"
    lines = 2 if scene.short else 8
    statuses = _at_once(scene, crowd, "/v1/queues/lines/items", NDJSON, [line] * lines)
    check(set(statuses) <= {202, 503} and 202 in statuses, f"streams at once: {statuses}")
    there = scene.api.queue("lines")["ready"]
    check(there >= lines * statuses.count(202), f"{there} items of {statuses}")
    scene.api.call("DELETE", "/v1/queues/lines/items")
    return 2 * crowd + crowd // 5


def _at_once(scene, count, path, kind, pieces):
    """The statuses of so many uploads of the same pieces at the same time."""
    statuses = []

    def one():
        upload = Upload(scene.server, path, kind, f"Content-Length: {sum(map(len, pieces))}")
        for piece in pieces:
            upload.send(piece)
        statuses.append(upload.answer()[0])
    threads = [threading.Thread(target=one, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ANSWER_SECONDS)
    check(len(statuses) == count, f"{count - len(statuses)} uploads had no answer")
    return statuses


FAULTS = [
    Fault("huge",
          "items, sources, results, bodies, headers at the limit, one past it, 100 times it; "
          "chunked, gzip, many at once; nodes that send too much",
          "the limit itself is fine, past it each is refused for what it is; the memory stays "
          "flat; the server goes on", huge),
]
