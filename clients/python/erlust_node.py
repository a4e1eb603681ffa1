"""The Erlust node library for Python: what user code sees as `node`. One file, CPython 3.9+.

A *node* is one supervised process of a job. The server starts it as

    python3 -c "import erlust_node; erlust_node.main()"

and sends it the job's source over a Unix socket. The source runs as `__main__`, with `node` among
the builtins, in one of three styles:

    def handle(item): ...      called for each item of the job's default queue; what it returns is
                               emitted, and emitted together with the item's acknowledgement
    def main(): ...            called once; it drives the queues itself through `node`
    (neither of them)          a plain script: it has run when its last line has

Units and limits: sizes are bytes of UTF-8 JSON, durations are seconds. An item or a result is any
value that `json` can write (NaN and the infinities are refused), `node.item_bytes_max` bytes at
most (1 MiB unless the server says otherwise).

Not thread-safe: call `node` from one thread. A forked child has no connection: it must not call it.

The protocol is described in ../PROTOCOL.md. Names that begin with an underscore are private.
"""

import builtins
import mmap
import os
import sys
from time import monotonic

import _socket  # The C modules under `socket` and `json`: a node must start in no time.

ACK_DELAY_MAX = 0.02  # Seconds between two looks at what is to be acknowledged.
FRAME_BYTES_MAX = 256 * 1024  # Payload of one put or emit frame.
FRAME_ITEMS_MAX = 2000
FRAMES_IN_FLIGHT_MAX = 4  # Unanswered frames of one q_put_all or emit_all.
STEP_BYTES_MAX = 64 * 1024  # Payload of one frame of results that handle(item) returned.
STEP_RESULTS_MAX = 256
PROGRESS_INTERVAL = 0.1  # Seconds between two progress frames.
RECEIVE_BYTES = 64 * 1024
MESSAGE_CHARS_MAX = 1000  # Of an error's message and a progress note; keeps a header < 64 KiB.
STACK_CHARS_MAX = 4000
EXIT_SERVER_GONE = 70
SOURCE_NAME = "job.py"  # The file name of the user's source in tracebacks.
HAND, DONE = 0, 1  # Indexes of the two numbers in the hand file.


class Error(Exception):
    """A request that was refused. `code` is stable and meant for programs, `message` for people."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


try:
    from _json import encode_basestring, make_encoder, make_scanner
except ImportError:  # A CPython built without its accelerators.
    import json

    _scan = json.JSONDecoder().scan_once
    _json_text = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
    ).encode
else:

    class _Grammar:
        """How the scanner reads: what `json.loads` does by default."""

        strict = True
        object_hook = object_pairs_hook = None
        parse_float = parse_constant = float
        parse_int = int

    def _refuse(value):
        raise TypeError(f"a value of type {type(value).__name__} can't be written as JSON")

    _scan = make_scanner(_Grammar)
    _chunks = make_encoder(None, _refuse, encode_basestring, None, ":", ",", False, False, False)

    def _json_text(value):
        return "".join(_chunks(value, 0))


def _decode(line):
    """The value of a JSON text. The server has checked that it is well-formed."""
    try:
        return _scan(line, 0)[0]
    except StopIteration:  # White space before the value, which the scanner doesn't skip.
        return _scan(line.lstrip(" \t\r"), 0)[0]


def _encode(value):
    """`value` as one line of JSON in UTF-8. What fails to encode is a lone surrogate, and Python's
    backslash escape for it happens to be JSON's."""
    return _json_text(value).encode("utf-8", "backslashreplace")


class _Connection:
    """Frames to and from the server, and the answers to the requests among them.

    A frame is a header (a dict) and lines: bytes on the way out, str on the way in. A server that
    is gone ends the process at once: nothing a node does afterwards could count.
    """

    def __init__(self, path, on_frame):
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.connect(path)
        self._on_frame = on_frame  # Called with each frame that is no answer to a request.
        self._tail = []  # Received pieces of a line whose end is still to come.
        self._lines = []  # Whole lines; those before `_at` have been used.
        self._at = 0
        self._last_id = 0
        self._unanswered = set()  # Ids of requests.
        self._refusals = {}  # Id of a request -> Error, until `settle` raises it.

    def send(self, header, lines=()):
        """Writes one frame. Returns when the kernel has all of it."""
        if lines:
            header["n"] = len(lines)
        try:
            self._socket.sendall(b"\n".join([_encode(header), *lines, b""]))
        except OSError:
            os._exit(EXIT_SERVER_GONE)

    def request(self, header, lines=()):
        """Writes one frame that the server will answer. Returns its id, for `settle`."""
        self._last_id += 1
        header["id"] = self._last_id
        self._unanswered.add(self._last_id)
        self.send(header, lines)
        return self._last_id

    def settle(self, ids, most=0):
        """Waits until at most `most` of `ids` (a list in order, which it shortens) are unanswered.

        Raises the first refusal, after all of `ids` are answered.
        """
        while len(ids) > most or (ids and ids[0] not in self._unanswered):
            self._await_answer(ids[0])
            refusal = self._refusals.pop(ids.pop(0), None)
            if refusal:
                while ids:
                    self._await_answer(ids[0])
                    self._refusals.pop(ids.pop(0), None)
                raise refusal

    def _await_answer(self, request):
        while request in self._unanswered:
            self.receive()

    def receive(self, block=True):
        """Reads one frame and acts on it. False if `block` is false and no whole frame is there."""
        frame = self._read(block)
        if frame is None:
            return False
        header, lines = frame
        request = header.get("id")
        if request in self._unanswered:
            self._unanswered.remove(request)
            if header["op"] == "error":
                self._refusals[request] = Error(**_error_fields(header))
        elif header["op"] == "error":
            sys.stderr.write("erlust: {code}: {message}\n".format(**_error_fields(header)))
        else:
            self._on_frame(header, lines)
        return True

    def _read(self, block):
        while True:
            at = self._at
            if at < len(self._lines):
                header = _decode(self._lines[at])
                end = at + 1 + header.get("n", 0)
                if end <= len(self._lines):
                    self._at = end
                    return header, self._lines[at + 1 : end]
            if not self._read_lines(0 if block else _socket.MSG_DONTWAIT):
                return None

    def _read_lines(self, flags):
        """Reads what the socket has, into `_lines`. False if that is nothing (yet)."""
        try:
            received = self._socket.recv(RECEIVE_BYTES, flags)
        except BlockingIOError:
            return False
        except OSError:
            received = b""
        if not received:
            os._exit(EXIT_SERVER_GONE)
        end = received.rfind(b"\n") + 1
        if end:
            self._tail.append(received[:end])
            lines = b"".join(self._tail).decode().split("\n")
            lines.pop()
            self._lines = self._lines[self._at :] + lines
            self._at = 0
            self._tail = [received[end:]]
        else:
            self._tail.append(received)
        return True

    def close(self):
        self._socket.close()


def _error_fields(header):
    error = header.get("error", {})
    return {"code": error.get("code", "unknown"), "message": error.get("message", "")}


class _Batch:
    """The items of one `items` frame: contiguous items of one parcel of the store."""

    __slots__ = ("header", "lines", "seq", "start", "at")

    def __init__(self, header, lines, start):
        self.header = header
        self.lines = lines
        self.seq = header["seq"]  # Of the first item.
        self.start = start  # How many items its queue delivered before.
        self.at = 0  # Index of the first item that isn't finished.

    def item_id(self, at):
        return f'{self.header["id"]}.{self.header["first"] + at}'


class _Inbox:
    """What one queue has delivered to this node. Counts are of items, since the node's start."""

    __slots__ = (
        "name", "subscribed", "drained", "batches",
        "received", "finished", "acked", "upto", "window",
    )

    def __init__(self, name):
        self.name = name
        self.subscribed = False  # The server will deliver, or say that the queue is drained.
        self.drained = False  # It has said so, and q_get hasn't yet returned None for it.
        self.batches = []  # Received, not yet begun.
        self.received = self.finished = self.acked = 0
        self.upto = 0  # The seq of the last finished item.
        self.window = 0  # The most unacknowledged items seen since the inbox was last dry.

    def add(self, header, lines):
        self.batches.append(_Batch(header, lines, self.received))
        self.received += len(lines)
        self.window = max(self.window, self.received - self.acked)

    def ack_at(self):
        """The count of finished items at which half of the window is used up."""
        return self.acked + (self.window + 1) // 2

    def begin_ack(self):
        """The header fields that acknowledge everything finished; {} if there is nothing new."""
        if self.finished == self.acked:
            return {}
        self.acked = self.finished
        return {"q_ack": self.name, "upto": self.upto}


class _Stream:
    """Values on their way to one target, collected into frames."""

    def __init__(self, connection, header):
        self._connection = connection
        self._header = header
        self._lines = []
        self._bytes = 0
        self._item_ids = []  # Of the items that the lines answer: none, or one a line.
        self._requests = []  # Ids of the unanswered frames, in order.
        self.count = 0  # Of all lines ever added.

    def add(self, line, item_id=None):
        self._lines.append(line)
        self._bytes += len(line)
        self.count += 1
        if item_id is not None:
            self._item_ids.append(item_id)

    def is_empty(self):
        return not self._lines

    def is_settled(self):
        """Whether everything added is durable."""
        return not self._lines and not self._requests

    def is_full(self, items_max, bytes_max):
        return len(self._lines) >= items_max or self._bytes >= bytes_max

    def flush(self, in_flight_max=1, **fields):
        """Sends what was collected, once fewer than `in_flight_max` frames are unanswered."""
        if not self._lines:
            return
        self._connection.settle(self._requests, in_flight_max - 1)
        header = {**self._header, **fields}
        if self._item_ids:
            header["items"] = self._item_ids
        self._requests.append(self._connection.request(header, self._lines))
        self._lines, self._bytes, self._item_ids = [], 0, []

    def settle(self, most=0):
        """Waits until at most `most` frames are unanswered. Raises the first refusal."""
        self._connection.settle(self._requests, most)


class Item:
    """Facts about the item in hand. `id` is a str, the same in every delivery of the item;
    `attempt` is 1 in its first delivery; `put_at` is the RFC 3339 time of its put, a str."""

    __slots__ = ("id", "attempt", "put_at")

    def __init__(self, batch, at):
        self.id = batch.item_id(at)
        self.attempt = batch.header.get("attempt", 1)
        self.put_at = batch.header.get("put_at")

    def __repr__(self):
        return f"Item(id={self.id!r}, attempt={self.attempt}, put_at={self.put_at!r})"


class Node:
    """This node, and what it can ask its server for. User code sees the one instance as `node`.

    rank, size      int     this node's number among the job's nodes, 0 <= rank < size
    job, run        str, int    the job's id, and which run of it this is (from 1)
    args            any     the job's `args`; None if it was submitted without
    item_bytes_max  int     the limit on one item or result, in bytes of JSON

    A node holds at most one item, the *item in hand*. It is finished, and will be acknowledged,
    when the next item is asked for (from any queue), when its queue is closed, and when the program
    ends without an error. If the node dies before that, the item is delivered again.
    """

    Error = Error

    def __init__(self, socket_path, hand_path):
        self._source = None  # Until the server sends `start`, which sets the public fields too.
        self._hand = _map_hand_file(hand_path)
        self._inboxes = {}  # Queue name -> _Inbox.
        self._streams = []  # Of the q_put_all and emit_all calls that are under way.
        self._ready = self._stopping = self._ended = False
        self._progress = None  # The latest progress, while it is unsent.
        self._progress_at = -PROGRESS_INTERVAL  # When progress was last sent.

        self._inbox = None  # Of the queue last asked.
        self._waits_at = None  # The inbox the server knows the node to wait at.
        self._batch = None  # Of the item in hand, or of the last one that was.
        self._holding = False  # There is an item in hand: number `_at - 1` of the batch.
        self._asked = None  # The argument of the last q_get.
        self._lines = ()  # Of the batch.
        self._seq = 0  # Of the batch's first item.
        self._at = 0  # Index of the next item of the batch.
        self._until = 0  # q_get may hand out items below this index without a further look.
        self._ack_by = 0.0  # When to look at what is to be acknowledged.

        self._connection = _Connection(socket_path, self._on_frame)
        self._results = _Stream(self._connection, {"op": "emit"})  # What handle(item) returned.
        os.register_at_fork(after_in_child=self._connection.close)
        self._connection.send(
            {"op": "hello", "v": 1, "pid": os.getpid(), "language": "python", "hand": True}
        )

    # Queues

    def q_connect(self, name=None):
        """The name of a queue to use in the other calls: `name`, or the job's default queue."""
        return self._name(name)

    def q_get(self, queue=None):
        """The next item of `queue` (default: the job's). Finishes the item in hand. Waits for one.

        None when the queue is drained or the server wants the node to stop. A later call asks
        again. An item can be `null`, which is None too; `items` tells them apart.
        """
        at = self._at
        if at < self._until and queue == self._asked and monotonic() < self._ack_by:
            self._at = at + 1
            seq = self._seq + at
            hand = self._hand
            hand[DONE] = seq - 1
            hand[HAND] = seq
            try:
                return _scan(self._lines[at], 0)[0]
            except StopIteration:
                return _decode(self._lines[at])
        return self._next(queue)

    def items(self, queue=None):
        """Iterates over the items of `queue` until it is drained or the node is to stop."""
        while True:
            item = self.q_get(queue)
            if item is None and not self._holding:
                return
            yield item

    def q_put(self, queue, item):
        """Puts one item. It is durable when this returns; `Error` if the server refused it."""
        line = self._encode(item)
        request = self._connection.request({"op": "put", "q": self._name(queue)}, [line])
        self._connection.settle([request])

    def q_put_all(self, queue, items):
        """Puts each item of an iterable and returns how many. All are durable when this returns.

        Sends frames of many items, several at a time. If it raises, some items may have been put.
        """
        return self._send_all({"op": "put", "q": self._name(queue)}, items)

    def q_close(self, queue=None):
        """This node neither puts to `queue` nor gets from it any more. If the item in hand is of
        that queue, it is finished; what was delivered beyond it goes back. A later put or q_get
        opens the queue again."""
        name = self._name(queue)
        if self._inbox is not None and self._inbox.name == name:
            self._finish()
            self._acknowledge()
            self._results.settle()
            self._inbox = None
        self._inboxes.pop(name, None)
        self._connection.send({"op": "q_close", "q": name})

    @property
    def item(self):
        """The `Item` in hand (its id, attempt and put_at), or None."""
        return Item(self._batch, self._at - 1) if self._holding else None

    # Results and life

    def ready(self):
        """Tells the server that this node has started well. Sent once, by itself if need be."""
        if not self._ready:
            self._ready = True
            self._connection.send({"op": "ready"})

    def emit(self, value):
        """Appends one result to the job's results. It is durable when this returns."""
        self._connection.settle([self._connection.request({"op": "emit"}, [self._encode(value)])])

    def emit_all(self, values):
        """Emits each value of an iterable and returns how many, as `q_put_all` does."""
        return self._send_all({"op": "emit"}, values)

    def progress(self, done, total=None, note=None):
        """Reports how far this node is: two numbers and a remark. Cheap: at most one report each
        PROGRESS_INTERVAL is sent, the latest, and the last one always before the node is done."""
        fields = {"done": done, "total": total, "note": note and str(note)[:MESSAGE_CHARS_MAX]}
        self._progress = {key: value for key, value in fields.items() if value is not None}
        self._send_progress()

    def done(self, result=None):
        """Ends this node successfully, with an optional result. Never returns: it raises SystemExit
        when everything is durable, or `Error` if the result was refused."""
        lines = [] if result is None else [self._encode(result)]
        self._finish()
        if not self._results.is_settled():
            self._acknowledge()
            self._results.settle()
        self._send_progress(now=True)
        ack = self._inbox.begin_ack() if self._inbox else {}
        self._connection.settle([self._connection.request({"op": "done", **ack}, lines)])
        self._ended = True
        raise SystemExit(0)

    # The machinery

    def _await_start(self):
        """Waits until the server says what this node is, and returns the source to run."""
        while self._source is None:
            self._connection.receive()
        return self._source

    def _name(self, queue):
        if queue is None:
            queue = self._default_queue
        if not isinstance(queue, str):
            raise TypeError(f"expected the name of a queue, got {queue!r}; "
                            f"the job's default queue is {self._default_queue!r}")
        return queue

    def _encode(self, value):
        line = _encode(value)
        if len(line) > self.item_bytes_max:
            raise Error("too_large", f"the value is {len(line)} bytes of JSON; "
                        f"the limit (item_bytes_max) is {self.item_bytes_max}")
        return line

    def _inbox_of(self, name):
        inbox = self._inboxes.get(name)
        if inbox is None:
            inbox = self._inboxes[name] = _Inbox(name)
        return inbox

    def _on_frame(self, header, lines):
        op = header["op"]
        if op == "items":
            inbox = self._inbox_of(header["q"])
            if inbox.subscribed:  # Otherwise it crossed our q_close, which gave it back.
                inbox.add(header, lines)
        elif op == "drained":
            inbox = self._inbox_of(header["q"])
            inbox.drained, inbox.subscribed = inbox.subscribed, False
        elif op == "stop":
            self._stopping = True
        elif op == "start":
            self.job, self.run = header["job"], header["run"]
            self.rank, self.size = header["rank"], header["size"]
            self.item_bytes_max = header["item_bytes_max"]
            self._default_queue = header.get("queue")
            self.args, self._source = map(_decode, lines)
            if not header.get("network", True):
                _tell_of_no_network()

    def _next(self, queue):
        """The whole of q_get, of which q_get itself is the shortcut within a batch."""
        inbox = self._inbox_of(self._name(queue))
        self._finish()
        self._results.settle(most=1)
        if inbox is not self._inbox:
            self._acknowledge()  # The hand file can tell of one queue only.
            self._inbox = inbox
        elif self._is_ack_due():
            while self._connection.receive(block=False):
                pass
            self._acknowledge()
            self._send_progress()
        if not self._await_items(inbox):
            return None
        self._asked = queue
        return self._hand_over(inbox)

    def _finish(self):
        """Marks the item in hand, if there is one, as finished."""
        if not self._holding:
            return
        batch, inbox = self._batch, self._inbox
        self._holding = False
        self._until = 0
        batch.at = self._at
        inbox.finished = batch.start + self._at
        inbox.upto = batch.seq + self._at - 1
        if batch.at == len(batch.lines):
            del inbox.batches[0]
        if self._is_settled():
            self._hand[DONE] = inbox.upto
        self._hand[HAND] = 0

    def _hand_over(self, inbox):
        """Returns the next item of the inbox, which is now in hand."""
        batch = self._batch = inbox.batches[0]
        at = batch.at
        self._lines = batch.lines
        self._seq = batch.seq
        self._at = at + 1
        if self._is_settled():
            self._until = min(len(batch.lines), inbox.ack_at() - batch.start)
        self._holding = True
        self._hand[HAND] = batch.seq + at
        return _decode(batch.lines[at])

    def _await_items(self, inbox):
        """Waits until the inbox has an item. False if it is drained or the node is to stop."""
        if not (inbox.batches or inbox.drained or self._stopping):
            self._ask(inbox)
        while not (inbox.batches or inbox.drained or self._stopping):
            if not self._connection.receive(block=False):
                self._acknowledge()
                inbox.window = 0
                self._connection.receive()
                self._ack_by = monotonic() + ACK_DELAY_MAX
            self._results.settle(most=1)
        if inbox.batches and not self._stopping:
            return True
        inbox.drained = False
        self._acknowledge()
        return False

    def _ask(self, inbox):
        """Subscribes; or says that the node waits here now, having last waited elsewhere."""
        if not inbox.subscribed:
            self.ready()
            inbox.subscribed = True
            self._connection.send({"op": "get", "q": inbox.name})
        elif self._waits_at is not inbox:
            self._connection.send({"op": "wait", "q": inbox.name})
        self._waits_at = inbox

    def _is_settled(self):
        """Whether all that was put or emitted is durable. The hand file may not say `done` before,
        or a refused or lost effect would take its item with it."""
        return not self._streams and self._results.is_settled()

    def _is_ack_due(self):
        inbox = self._inbox
        return inbox.finished > inbox.acked and (
            inbox.finished >= inbox.ack_at()
            or monotonic() >= self._ack_by
            or self._results.is_full(STEP_RESULTS_MAX, STEP_BYTES_MAX)
        )

    def _acknowledge(self):
        """Acknowledges every finished item, after what it put or emitted or in one step with it."""
        for stream in self._streams:
            stream.flush()
            stream.settle()
        inbox = self._inbox
        if inbox is not None and inbox.finished > inbox.acked:
            self._results.settle()
            ack = inbox.begin_ack()
            if self._results.is_empty():
                self._connection.send({"op": "ack", "q": ack["q_ack"], "upto": ack["upto"]})
            else:
                self._results.flush(**ack)
        self._ack_by = monotonic() + ACK_DELAY_MAX

    def _send_all(self, header, values):
        stream = _Stream(self._connection, header)
        self._streams.append(stream)
        self._until = 0
        try:
            for value in values:
                line = self._encode(value)
                if stream.is_full(FRAME_ITEMS_MAX, FRAME_BYTES_MAX - len(line)):
                    stream.flush(FRAMES_IN_FLIGHT_MAX)
                stream.add(line)
            stream.flush(FRAMES_IN_FLIGHT_MAX)
        finally:
            self._streams.remove(stream)
            stream.settle()
        return stream.count

    def _send_progress(self, now=False):
        if self._progress is not None:
            time = monotonic()
            if now or time >= self._progress_at + PROGRESS_INTERVAL:
                self._connection.send({"op": "progress", **self._progress})
                self._progress = None
                self._progress_at = time

    def _handle_all(self, handle):
        """Runs the loop for a source that defines handle(item)."""
        for item in self.items():
            try:
                result = handle(item)
                line = None if result is None else self._encode(result)
            except MemoryError:
                raise
            except Exception as error:
                self._nack(error)
            else:
                if line is not None:
                    self._results.add(line, self.item.id)
                    self._until = 0  # q_get has to see to the results.

    def _nack(self, error):
        """The item in hand has failed; this node goes on with the next one."""
        description = {
            "type": type(error).__name__,
            "message": str(error)[:MESSAGE_CHARS_MAX],
            "stack": _stack(error)[-STACK_CHARS_MAX:],
        }
        seq = self._seq + self._at - 1
        header = {"op": "nack", "q": self._inbox.name, "seq": seq, "error": description}
        self._connection.send(header)
        self._finish()


def _map_hand_file(path):
    """The hand file as two numbers. Each is stored as one machine word, never half of it; every
    machine that Erlust runs on is little-endian, as the protocol wants it."""
    file = os.open(path, os.O_RDWR)
    try:
        return memoryview(mmap.mmap(file, 16)).cast("Q")
    finally:
        os.close(file)


def _tell_of_no_network():
    """Where there is no network, the first attempt to use it says on stderr what opens it."""
    told = False

    def look(event, args):
        nonlocal told
        if told or not event.startswith("socket."):
            return
        if event == "socket.getaddrinfo" or event == "socket.gethostbyname":
            host = args[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            host = args[1][0]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode(errors="replace")
        if not isinstance(host, str) or not host:
            return
        if not host.startswith("127.") and host not in ("localhost", "::1"):
            told = True
            sys.stderr.write(f"erlust: {host} can't be reached: this job has no network; "
                             'submit it with "network": true if it needs one\n')

    sys.addaudithook(look)


class _SourceLoader:
    """Gives tracebacks the lines of a source that is in no file (see `linecache`)."""

    def __init__(self, source):
        self.get_source = lambda name: source


def _stack(error):
    """The traceback of `error` as text, from the user's first line on."""
    import traceback  # Slow to load, and most nodes never need it.

    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != SOURCE_NAME:
        frames = frames.tb_next
    frames = frames or error.__traceback__
    return "".join(traceback.format_exception(type(error), error, frames))


def _run(node, source):
    """Runs the job's source as `__main__`, in its style, to its end."""
    space = sys.modules["__main__"].__dict__
    space["__loader__"] = _SourceLoader(source)
    space.pop("erlust_node", None)
    code = compile(source, SOURCE_NAME, "exec", dont_inherit=True)
    exec(code, space)
    starts_itself = "__main__" in code.co_consts  # if __name__ == "__main__": main()
    if callable(space.get("main")):
        if not starts_itself:
            node.ready()
            space["main"]()
    elif callable(space.get("handle")):
        node.ready()
        node._handle_all(space["handle"])


def _live(node, source):
    """Runs the source and ends the process: with 0 and `done`, or with 1 and a traceback."""
    try:
        try:
            _run(node, source)
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
        if not node._ended:
            node.done()
    except SystemExit:
        raise
    except BaseException as error:
        sys.stderr.write(_stack(error))
        sys.exit(1)


def main():
    """Connects to the server that started this process, and lives one node's life."""
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    node = Node(os.environ["ERLUST_SOCKET"], os.environ["ERLUST_HAND"])
    builtins.node = sys.modules["node"] = node
    _live(node, node._await_start())
