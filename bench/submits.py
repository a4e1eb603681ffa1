"""Jobs submitted a second, on disk when answered: one at a time, many at once, in bulk."""

import http.client
import json
import selectors
import socket
import time
from urllib.parse import urlsplit

from measure import Table, ratio, spread
from stage import Stage

CONNECTIONS = 50
ALONE_SHARE = 10  # one at a time is slow: a tenth as many say as much


def measure_submits(command, runs, count):
    """All ways in turns, on one server. The jobs wait for a start: nothing is run meanwhile."""
    ways = {
        "one connection, one at a time": lambda stage, name: one_by_one(
            stage, name, count // ALONE_SHARE, 1),
        f"{CONNECTIONS} connections, each one at a time": lambda stage, name: one_by_one(
            stage, name, count, CONNECTIONS),
        f"one request of {count:,} lines": lambda stage, name: in_bulk(stage, name, count)}
    rates = {way: [] for way in ways}
    with Stage(command) as stage:
        for way, measured in ways.items():
            measured(stage, f"warm-{len(way)}")
        for run in range(runs):
            for way, measured in ways.items():
                rates[way].append(measured(stage, f"run-{run}-{len(way)}"))
    alone = next(iter(rates.values()))
    rows = [[way, *spread(rates[way]), f"{ratio(rates[way], alone):.1f}"] for way in ways]
    return Table(f"Jobs submitted a second ({count:,} jobs)",
                 ["way", "median", "min", "max", "of one at a time"], rows,
                 ["Each job is on disk, synced, before it is answered; the client shares the "
                  f"machine. One at a time: {count // ALONE_SHARE:,} jobs."])


def job(job_id):
    return {"id": job_id, "when": "manual", "source": "node.emit(node.args)", "args": {"n": 1},
            "labels": {"team": "bench"}}


def one_by_one(stage, name, count, connections):
    """Jobs a second, over connections that are kept."""
    requests = [request(stage, job(f"{name}-{n}")) for n in range(count)]
    with selectors.DefaultSelector() as waiting:
        clients = [Client(stage) for _ in range(connections)]
        started = time.monotonic()
        for client in clients:
            client.send(requests.pop())
            waiting.register(client.socket, selectors.EVENT_READ, client)
        while waiting.get_map():
            for key, _ in waiting.select():
                client = key.data
                if not client.has_answer():
                    continue
                if requests:
                    client.send(requests.pop())
                else:
                    waiting.unregister(client.socket)
                    client.socket.close()
    return count / (time.monotonic() - started)


def request(stage, value):
    body = json.dumps(value).encode()
    head = (f"POST /v1/jobs HTTP/1.1\r\nHost: {urlsplit(stage.server.url).netloc}\r\n"
            f"Authorization: Bearer {stage.server.token()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


class Client:
    """A connection with one request under way: as little work as can be, for it shares the machine
    with what is measured."""

    def __init__(self, stage):
        url = urlsplit(stage.server.url)
        self.socket = socket.create_connection((url.hostname, url.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""

    def send(self, text):
        self.got = b""
        self.socket.sendall(text)

    def has_answer(self):
        """Reads what has come; true once that is a whole answer."""
        more = self.socket.recv(1 << 16)
        assert more, f"the server hung up after {self.got}"
        self.got += more
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end:
            return False
        assert head.startswith(b"HTTP/1.1 202"), self.got
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        return len(body) == int(length)


def in_bulk(stage, name, count):
    """Jobs a second, in one request."""
    body = "".join(json.dumps(job(f"{name}-{n}")) + "\n" for n in range(count)).encode()
    connection = http.client.HTTPConnection(urlsplit(stage.server.url).netloc, timeout=600)
    connection.connect()
    headers = {"Authorization": f"Bearer {stage.server.token()}",
               "Content-Type": "application/x-ndjson"}
    started = time.monotonic()
    connection.request("POST", "/v1/jobs", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.monotonic() - started
    connection.close()
    assert answer.status == 202 and json.loads(text)["accepted"] == count, text[:300]
    return count / seconds
