#!/usr/bin/env python3
"""Checks a node library against ../PROTOCOL.md, from outside: plays the server on a Unix socket.

    python3 clients/conformance/conformance.py
    python3 clients/conformance/conformance.py --language ruby --lib clients/ruby \\
        --node "ruby -I {lib} -r erlust_node -e Erlust.main"

Each test starts one real node process with a program of programs/<language>/ and speaks with it.
A test waits for frames, lines of output and ends of processes, up to a deadline; none sleeps.

Options, all optional:
    --node COMMAND    how the server starts a node; {lib} stands for the library's directory
    --lib DIR         the library's directory; also the node's PYTHONPATH
    --language NAME   whose programs to run (default: python)
Everything else is an argument of `unittest`: -v, -k PATTERN, -f, names of tests.
"""

import argparse
import json
import mmap
import os
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from collections import namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEADLINE = 15.0  # Seconds for anything to happen.
ITEM_BYTES_MAX = 1 << 20
FRAMES_IN_FLIGHT_MAX = 4
FRAME_BYTES_MAX = 256 * 1024
EXIT_SERVER_GONE = 70
PUT_AT = "2026-11-21T10:00:00.123Z"

Frame = namedtuple("Frame", "header payload lines")
options = argparse.Namespace()


class LineReader:
    """Reads lines from a file descriptor, each within the deadline."""

    def __init__(self, descriptor, what):
        self._descriptor = descriptor
        self._what = what
        self._buffer = b""

    def line(self):
        """The next line without its newline; None at the end."""
        pieces, deadline = [self._buffer], time.monotonic() + DEADLINE
        while b"\n" not in pieces[-1]:
            if not self.is_readable(deadline - time.monotonic()):
                raise AssertionError(f"no {self._what} within {DEADLINE:g} s")
            try:
                received = os.read(self._descriptor, 1 << 18)
            except ConnectionResetError:
                received = b""
            if not received:
                self._buffer = b"".join(pieces)
                return None
            pieces.append(received)
        line, _, self._buffer = b"".join(pieces).partition(b"\n")
        return line

    def is_readable(self, seconds):
        ready, _, _ = select.select([self._descriptor], [], [], max(0, seconds))
        return bool(ready)

    def has_more(self):
        return bool(self._buffer) or self.is_readable(0)


class Session:
    """One node process and the server's end of its connection."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="node-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.directory / "socket"))
        self._listener.listen(1)
        self._listener.settimeout(DEADLINE)
        hand = self.directory / "hand"
        hand.write_bytes(bytes(16))
        with hand.open("r+b") as file:
            self._hand = mmap.mmap(file.fileno(), 16, prot=mmap.PROT_READ)
        self.process = self._spawn()
        self._connection, _ = self._listener.accept()
        self._frames = LineReader(self._connection.fileno(), "frame")
        self._output = LineReader(self.process.stdout.fileno(), "output")

    def _spawn(self):
        scratch = self.directory / "scratch"
        scratch.mkdir()
        environment = {
            "ERLUST_SOCKET": str(self.directory / "socket"),
            "ERLUST_HAND": str(self.directory / "hand"),
            "PYTHONPATH": options.lib,
        }
        with open(self.directory / "stderr", "wb") as stderr:
            return subprocess.Popen(
                shlex.split(options.node.replace("{lib}", shlex.quote(options.lib))),
                env=environment, cwd=scratch,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
            )

    def send(self, header, *values):
        """Sends one frame; its payload lines are the values as JSON."""
        self.send_lines(header, [json.dumps(value).encode() for value in values])

    def send_lines(self, header, lines):
        if lines:
            header = {**header, "n": len(lines)}
        self.send_bytes(b"\n".join([json.dumps(header).encode(), *lines, b""]))

    def send_bytes(self, data):
        self._connection.sendall(data)

    def start(self, program, args=None, **fields):
        """Reads hello and sends start, with a program of the language."""
        self.expect("hello")
        [path] = (HERE / "programs" / options.language).glob(program + ".*")
        header = {"op": "start", "job": "j1", "run": 2, "rank": 1, "size": 4, "epoch": 1,
                  "queue": "in", "item_bytes_max": ITEM_BYTES_MAX, **fields}
        self.send(header, args, path.read_text())

    def items(self, seq, values, queue="in", **fields):
        self.send({"op": "items", "q": queue, "seq": seq, "id": "812", "first": 40 + seq,
                   "put_at": PUT_AT, "attempt": 1, **fields}, *values)

    def ok(self, frame):
        self.send({"op": "ok", "id": frame.header["id"]})

    def refuse(self, frame, code="queue_full"):
        error = {"code": code, "message": "refused by the suite"}
        self.send({"op": "error", "id": frame.header["id"], "error": error})

    def next_frame(self):
        """The next frame, None if the node has closed the connection."""
        line = self._frames.line()
        if line is None:
            return None
        header = json.loads(line)
        lines = [self._frames.line() for _ in range(header.get("n", 0))]
        return Frame(header, [json.loads(line) for line in lines], lines)

    def expect(self, op, **fields):
        """The next frame, which must have this op and these header fields."""
        frame = self.next_frame()
        if frame is None:
            raise AssertionError(f"expected {op}, but the node closed\n{self.stderr()}")
        got = {key: frame.header.get(key) for key in fields}
        if frame.header["op"] != op or got != fields:
            raise AssertionError(f"expected {op} {fields}, got {frame.header}\n{self.stderr()}")
        return frame

    def expect_blocked(self):
        """Waits until the node sleeps, and checks that it has written nothing before it did."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2][0]
            if self._frames.has_more():
                raise AssertionError(f"expected no frame, got {self.next_frame().header}")
            if state == "S":
                return
        raise AssertionError("the node doesn't wait")

    def said(self):
        """The next line of the node's output, a JSON value."""
        line = self._output.line()
        if line is None:
            raise AssertionError("expected output, but the node ended\n" + self.stderr())
        return json.loads(line)

    def stderr(self):
        return (self.directory / "stderr").read_text(errors="replace")

    def hand(self):
        """The two numbers of the hand file: the seq in hand, the seq done."""
        return struct.unpack("<QQ", self._hand[:])

    def end(self):
        """Waits for the end of the process and returns its status."""
        return self.process.wait(DEADLINE)

    def close(self):
        self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def dispose(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self._connection.close()
        self._listener.close()
        self._hand.close()
        shutil.rmtree(self.directory)


class NodeTest(unittest.TestCase):
    def setUp(self):
        self.node = Session()
        self.addCleanup(self.node.dispose)

    def puppet(self, *script, **fields):
        """Starts the puppet program. `ready`, which comes first, is read."""
        self.node.start("puppet", list(script), **fields)
        self.node.expect("ready")

    def assert_ends_well(self, **done_fields):
        self.node.ok(self.node.expect("done", **done_fields))
        self.assertEqual(self.node.end(), 0, self.node.stderr())


class StartTest(NodeTest):
    def test_the_first_frame_is_hello(self):
        header = self.node.expect("hello", v=1, pid=self.node.process.pid, hand=True).header
        self.assertEqual(header["language"], options.language)
        self.node.expect_blocked()

    def test_main_is_called_after_ready_and_its_return_is_done(self):
        self.node.start("puppet", [["connect"]])
        self.node.expect("ready")
        self.assertEqual(self.node.said(), "in")
        self.assert_ends_well(n=None)

    def test_ready_is_sent_once(self):
        self.puppet(["ready"], ["ready"])
        self.assert_ends_well()

    def test_the_documented_loop_runs_unchanged(self):
        self.node.start("main_style")
        self.node.expect("ready")
        self.node.expect("get", q="in")
        self.node.items(1, [{"a": 1}, {"a": 2}])
        self.assertEqual([self.node.said(), self.node.said()], [{"a": 1}, {"a": 2}])
        self.node.expect("ack", q="in", upto=1)
        self.node.expect("ack", q="in", upto=2)
        self.node.send({"op": "drained", "q": "in"})
        self.node.expect("q_close", q="in")
        self.assert_ends_well()

    def test_a_plain_script_knows_its_node(self):
        self.node.start("script_style", {"k": [1, None, "é"]})
        job, run, rank, size, args, _ = self.node.said()
        self.assertEqual((job, run, rank, size), ("j1", 2, 1, 4))
        self.assertEqual(args, {"k": [1, None, "é"]})
        self.assert_ends_well()

    def test_a_source_that_calls_its_main_itself_runs_it_once(self):
        self.node.start("starts_itself")
        self.assertEqual(self.node.said(), "main")
        self.assert_ends_well()
        self.assertIsNone(self.node._output.line())

    def test_node_can_be_imported(self):
        self.node.start("imports_node")
        self.assertEqual(self.node.said(), 1)
        self.assert_ends_well()

    def test_a_source_that_does_not_compile_ends_with_its_line_on_stderr(self):
        self.node.start("broken")
        self.assertEqual(self.node.end(), 1)
        self.assertIn("def main(:", self.node.stderr())

    def test_args_of_many_megabytes_arrive(self):
        self.node.start("script_style", "x" * (8 << 20))
        self.assertEqual(len(self.node.said()[4]), 8 << 20)

    def test_unknown_ops_and_fields_are_ignored(self):
        self.puppet(["get", "in"])
        self.node.send({"op": "weather", "sky": "blue"}, "payload", {"of": "it"})
        self.node.expect("get")
        self.node.send({"op": "weather", "id": 77})
        self.node.items(1, ["a"], colour="red")
        self.assertEqual(self.node.said()["item"], "a")


class GetTest(NodeTest):
    def test_an_item_comes_with_its_id_attempt_and_time(self):
        self.puppet(["get", "in"], ["get", "in"])
        self.node.expect("get")
        self.node.items(1, ["a", "b"], attempt=3)
        self.node.said()
        expected = {"item": "b", "held": True, "id": "812.42", "attempt": 3, "put_at": PUT_AT}
        self.assertEqual(self.node.said(), expected)

    def test_everything_finished_is_acknowledged_before_the_node_waits_for_more(self):
        self.puppet(["get_many", "in", 5])
        self.node.expect("get")
        self.node.items(1, list(range(4)))
        upto = 0
        while upto < 4:
            upto = self.node.expect("ack", q="in").header["upto"]
        self.node.expect_blocked()

    def test_acknowledgements_come_in_batches_of_half_a_window(self):
        self.puppet(["get_many", "in", 1000], ["pause"])
        self.node.expect("get")
        self.node.items(1, list(range(1000)))
        self.assertEqual(self.node.said(), list(range(1000)))
        self.assertEqual(self.node.said(), "paused")
        acks = []
        while self.node._frames.has_more():
            acks.append(self.node.expect("ack").header["upto"])
        steps = [later - earlier for earlier, later in zip([0, *acks], [*acks, 999])]
        self.assertLessEqual(max(steps), 500)
        self.assertGreater(min(steps), 0)
        self.assertLess(len(acks), 20)

    def test_a_window_is_kept_full_by_a_server_that_refills_what_is_acknowledged(self):
        self.puppet(["get_many", "in", 2000], ["pause"])
        self.node.expect("get")
        window, sent, acked, acks = 100, 0, 0, 0
        while sent < 2000:
            count = min(acked + window, 2000) - sent
            if count >= window // 4 or acked == sent:  # as the real one: no ever smaller frames
                self.node.items(sent + 1, list(range(sent, sent + count)))
                sent += count
            acked = self.node.expect("ack").header["upto"]
            acks += 1
        self.assertEqual(self.node.said(), list(range(2000)))
        # How many depends on which side is faster: a node that is, has to wait, and acks before.
        self.assertLess(acks, 2000 // 4)

    def test_slow_items_are_acknowledged_after_20_ms(self):
        self.puppet(["get", "in"], ["sleep", 0.03], ["get", "in"], ["pause"])
        self.node.expect("get")
        self.node.items(1, list(range(100)))
        self.node.expect("ack", upto=1)

    def test_a_window_of_one_is_acknowledged_item_by_item(self):
        self.puppet(["get_many", "in", 3])
        self.node.expect("get")
        for seq in (1, 2):
            self.node.items(seq, [seq])
            self.node.expect("ack", upto=seq)

    def test_a_drained_queue_gives_none_and_can_be_asked_again(self):
        self.puppet(["get", "in"], ["get", "in"], ["get", "in"])
        self.node.expect("get")
        self.node.send({"op": "drained", "q": "in"})
        self.assertEqual(self.node.said(), {"item": None, "held": False})
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.assertEqual(self.node.said()["item"], "a")
        self.node.expect("ack", upto=1)
        self.node.send({"op": "drained", "q": "in"})
        self.assertEqual(self.node.said(), {"item": None, "held": False})
        self.assert_ends_well()

    def test_a_null_item_is_an_item(self):
        self.puppet(["get", "in"], ["get", "in"])
        self.node.expect("get")
        self.node.items(1, [None, "b"])
        self.assertEqual([self.node.said()["held"], self.node.said()["item"]], [True, "b"])

    def test_asking_another_queue_acknowledges_the_item_in_hand(self):
        self.puppet(["get", "a"], ["get", "b"], ["get", "a"], ["pause"])
        self.node.expect("get", q="a")
        self.node.items(1, ["a1", "a2"], queue="a")
        self.node.expect("ack", q="a", upto=1)
        self.node.expect("get", q="b")
        self.node.items(3, ["b1"], queue="b")
        self.node.expect("ack", q="b", upto=3)
        self.assertEqual([self.node.said()["item"] for _ in range(3)], ["a1", "b1", "a2"])
        self.assertEqual(self.node.hand(), (2, 3))

    def test_waiting_at_another_subscribed_queue_is_said(self):
        self.puppet(["get", "a"], ["get", "b"], ["get", "a"], ["get", "a"])
        self.node.expect("get", q="a")
        self.node.items(1, ["a1"], queue="a")
        self.node.expect("ack", q="a", upto=1)
        self.node.expect("get", q="b")
        self.node.items(2, ["b1"], queue="b")
        self.node.expect("ack", q="b", upto=2)
        self.node.expect("wait", q="a")
        self.node.items(3, ["a2"], queue="a")
        self.node.expect("ack", q="a", upto=3)
        self.node.send({"op": "drained", "q": "a"})
        self.assert_ends_well()

    def test_many_lines_of_a_mebibyte_arrive_whole(self):
        self.puppet(["lengths", "in"])
        self.node.expect("get")
        self.node.items(1, ["x" * (ITEM_BYTES_MAX - 2)] * 6)
        while self.node.expect("ack").header["upto"] < 6:
            pass
        self.node.send({"op": "drained", "q": "in"})
        self.assertEqual(self.node.said(), [ITEM_BYTES_MAX - 2] * 6)

    def test_frames_may_arrive_in_pieces_cut_anywhere(self):
        self.puppet(["get_many", "in", 2])
        self.node.expect("get")
        header = {"op": "items", "q": "in", "seq": 1, "n": 2, "id": "1", "first": 0,
                  "put_at": PUT_AT, "attempt": 1}
        for byte in (json.dumps(header) + '\n"é😀"\n{"k":"\\ud83d\\ude00"}\n').encode():
            self.node.send_bytes(bytes([byte]))
        self.assertEqual(self.node.said(), ["é😀", {"k": "😀"}])

    def test_lone_surrogates_line_separators_and_white_space_survive(self):
        self.puppet(["get_many", "in", 3])
        self.node.expect("get")
        lines = [b'"\\ud800"', '"\u2028\u0085\x7f"'.encode(), b'  { "a" : [ 1 , 2 ] }  ']
        header = {"op": "items", "q": "in", "seq": 1, "id": "1", "first": 0, "put_at": PUT_AT}
        self.node.send_lines(header, lines)
        self.assertEqual(self.node.said(), ["\ud800", "\u2028\u0085\x7f", {"a": [1, 2]}])


class PutTest(NodeTest):
    def test_a_put_returns_when_the_server_has_answered(self):
        self.puppet(["put", "out", {"a": "é"}], ["pause"])
        frame = self.node.expect("put", q="out", n=1)
        self.assertEqual(frame.payload, [{"a": "é"}])
        self.node.expect_blocked()
        self.assertFalse(self.node._output.has_more())
        self.node.ok(frame)
        self.assertIsNone(self.node.said())

    def test_an_emit_returns_when_the_server_has_answered(self):
        self.puppet(["emit", [1, None]], ["pause"])
        frame = self.node.expect("emit", n=1, items=None)
        self.assertEqual(frame.payload, [[1, None]])
        self.node.expect_blocked()
        self.assertFalse(self.node._output.has_more())
        self.node.ok(frame)
        self.assertIsNone(self.node.said())

    def test_a_refusal_is_raised_with_its_code_and_the_node_can_go_on(self):
        self.puppet(["put", "out", 1], ["emit", 2])
        self.node.refuse(self.node.expect("put"), "queue_full")
        self.assertEqual(self.node.said(), {"error": "queue_full"})
        self.node.refuse(self.node.expect("emit"), "results_full")
        self.assertEqual(self.node.said(), {"error": "results_full"})
        self.assert_ends_well()

    def test_at_most_four_frames_of_a_put_all_are_unanswered(self):
        self.puppet(["put_all", "out", 20_000, "x"], ["pause"])
        unanswered, count = [], 0
        while count < 20_000:
            while len(unanswered) < FRAMES_IN_FLIGHT_MAX and count < 20_000:
                unanswered.append(self.node.expect("put", q="out"))
                count += len(unanswered[-1].payload)
            self.node.expect_blocked()
            self.assertFalse(self.node._output.has_more())
            self.node.ok(unanswered.pop(0))
        for frame in unanswered:
            self.node.ok(frame)
        self.assertEqual(self.node.said(), 20_000)

    def test_a_frame_of_a_put_all_stays_below_its_limit_in_bytes(self):
        self.puppet(["put_all", "out", 10, "x" * 100_000], ["pause"])
        count = 0
        while count < 10:
            frame = self.node.expect("put")
            self.assertLessEqual(sum(map(len, frame.lines)), FRAME_BYTES_MAX)
            count += len(frame.payload)
            self.node.ok(frame)
        self.assertEqual(self.node.said(), 10)

    def test_a_refused_frame_of_a_put_all_is_raised_after_all_are_answered(self):
        self.puppet(["put_all", "out", 5000, "x"], ["emit", 1])
        frames = [self.node.expect("put") for _ in range(3)]
        self.node.ok(frames[0])
        self.node.refuse(frames[1])
        self.node.expect_blocked()
        self.node.ok(frames[2])
        self.assertEqual(self.node.said(), {"error": "queue_full"})
        self.node.ok(self.node.expect("emit"))
        self.assertIsNone(self.node.said())

    def test_items_piped_from_queue_to_queue_are_durable_before_they_are_acknowledged(self):
        self.puppet(["pipe", "in", "out"])
        self.node.expect("get", q="in")
        self.node.items(1, list(range(10)))
        durable, acked = 0, 0
        while acked < 10:
            frame = self.node.next_frame()
            if frame.header["op"] == "put":
                durable += len(frame.payload)
                self.node.ok(frame)
            else:
                acked = frame.header["upto"]
                self.assertLessEqual(acked, durable)
        self.node.send({"op": "drained", "q": "in"})
        self.assertEqual(self.node.said(), 10)

    def test_a_value_over_the_limit_is_refused_by_the_library(self):
        self.puppet(["put_sized", "out", 1001], ["put_sized", "out", 1000], item_bytes_max=1000)
        self.assertEqual(self.node.said(), {"error": "too_large"})
        frame = self.node.expect("put")
        self.assertEqual(len(frame.lines[0]), 1000)
        self.node.ok(frame)

    def test_a_lone_surrogate_is_written_as_an_escape(self):
        self.puppet(["put_surrogate", "out"])
        frame = self.node.expect("put")
        self.assertEqual(frame.payload, ["\ud800é😀"])
        frame.lines[0].decode("utf-8")
        self.node.ok(frame)


class HandleTest(NodeTest):
    def start(self, *items):
        self.node.start("handle_style")
        self.node.expect("ready")
        self.node.expect("get", q="in")
        self.node.items(1, items)

    def steps(self, upto):
        """Answers every step up to this seq, and returns the results by item id."""
        results, acked = {}, 0
        while acked < upto:
            frame = self.node.next_frame()
            if frame.header["op"] == "emit":
                self.assertEqual(frame.header["q_ack"], "in")
                self.assertEqual(len(frame.header["items"]), len(frame.payload))
                results.update(zip(frame.header["items"], frame.payload))
                self.node.ok(frame)
            else:
                self.assertEqual(frame.header["op"], "ack")
            acked = frame.header["upto"]
        return results

    def test_results_and_their_acknowledgement_are_one_frame(self):
        self.start({"answer": "a"})
        frame = self.node.expect("emit", items=["812.41"], q_ack="in", upto=1)
        self.assertEqual(frame.payload, ["a"])
        self.node.ok(frame)
        self.node.send({"op": "drained", "q": "in"})
        self.assert_ends_well(q_ack=None)

    def test_every_result_arrives_once_under_the_id_of_its_item(self):
        self.start(*({"answer": n} for n in range(600)))
        expected = {f"812.{41 + n}": n for n in range(600)}
        self.assertEqual(self.steps(600), expected)

    def test_an_item_without_a_result_is_just_acknowledged(self):
        self.start({}, {"answer": 2}, {})
        self.assertEqual(self.steps(3), {"812.42": 2})

    def test_an_exception_is_a_nack_of_its_item_and_the_node_lives_on(self):
        self.start({"fail": "boom"}, {"answer": 2})
        error = self.node.expect("nack", q="in", seq=1).header["error"]
        self.assertEqual((error["type"], error["message"]), ("ValueError", "boom"))
        self.assertIn('raise ValueError(item["fail"])', error["stack"])
        self.assertEqual(self.steps(2), {"812.42": 2})

    def test_an_exception_with_an_enormous_message_fits_into_a_header(self):
        self.start({"fail": "\x01😀" * 50_000})
        self.node.said()
        frame = self.node.expect("nack", seq=1)
        self.assertLess(len(json.dumps(frame.header, ensure_ascii=False).encode()), 65536)

    def test_a_refused_step_ends_the_node_without_an_acknowledgement(self):
        self.start({"answer": 1})
        self.node.refuse(self.node.expect("emit", upto=1), "results_full")
        self.assertIsNone(self.node.next_frame())
        self.assertEqual(self.node.end(), 1)
        self.assertIn("results_full", self.node.stderr())
        self.assertEqual(self.node.hand(), (0, 0))

    def test_a_step_waits_for_the_answer_to_the_step_before(self):
        self.start({"answer": 1})
        first = self.node.expect("emit", upto=1)
        self.node.items(2, [{"answer": 2}])
        self.node.expect_blocked()
        self.node.ok(first)
        self.node.ok(self.node.expect("emit", upto=2))

    def test_a_plain_acknowledgement_waits_for_the_answer_to_the_step_before(self):
        self.start({"answer": 1})
        step = self.node.expect("emit", upto=1)
        self.node.items(2, [{}])
        self.node.expect_blocked()
        self.node.ok(step)
        self.node.expect("ack", upto=2)

    def test_done_waits_for_the_answer_to_the_last_step(self):
        self.start({"answer": 1})
        step = self.node.expect("emit", upto=1)
        self.node.send({"op": "stop", "grace_ms": 5000})
        self.node.expect_blocked()
        self.node.ok(step)
        self.assert_ends_well(q_ack=None)

    def test_a_process_that_exits_inside_handle_does_not_nack(self):
        self.start({"exit": 3})
        self.assertIsNone(self.node.next_frame())
        self.assertEqual(self.node.end(), 3)
        self.assertEqual(self.node.hand(), (1, 0))


class HandFileTest(NodeTest):
    def test_a_node_killed_amid_an_item_has_it_in_hand_and_the_one_before_done(self):
        self.puppet(["get_many", "in", 3], ["pause"])
        self.node.expect("get")
        self.node.items(1, list(range(10)))
        self.node.said()
        self.assertEqual(self.node.said(), "paused")
        self.node.process.kill()
        self.assertEqual(self.node.end(), -signal.SIGKILL)
        self.assertEqual(self.node.hand(), (3, 2))

    def test_nothing_is_in_hand_while_the_node_waits_and_when_a_queue_is_drained(self):
        self.puppet(["get", "in"], ["get", "in"], ["pause"])
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.node.expect("ack", upto=1)
        self.node.expect_blocked()
        self.assertEqual(self.node.hand(), (0, 1))
        self.node.send({"op": "drained", "q": "in"})
        self.node.said()
        self.node.said()
        self.assertEqual(self.node.hand(), (0, 1))

    def test_an_item_is_not_done_while_its_result_is_not_durable(self):
        self.node.start("handle_style")
        self.node.expect("ready")
        self.node.expect("get")
        self.node.items(1, [{}, {"answer": 2}, {"pause": True}])
        for _ in range(3):
            self.node.said()
        self.node.process.kill()
        self.node.end()
        hand, done = self.node.hand()
        self.assertEqual(hand, 3)
        self.assertLessEqual(done, 1)


class EndTest(NodeTest):
    def test_done_carries_the_result_and_acknowledges_the_item_in_hand(self):
        self.puppet(["get", "in"], ["done", {"sum": 3}])
        self.node.expect("get")
        self.node.items(1, ["a", "b"])
        frame = self.node.expect("done", n=1, q_ack="in", upto=1)
        self.assertEqual(frame.payload, [{"sum": 3}])
        self.node.expect_blocked()
        self.node.ok(frame)
        self.assertEqual(self.node.end(), 0)

    def test_a_refused_done_is_raised(self):
        self.puppet(["done", 1])
        self.node.refuse(self.node.expect("done"), "too_large")
        self.assertEqual(self.node.said(), {"error": "too_large"})
        self.assert_ends_well(n=None)

    def test_exit_with_status_0_is_a_normal_end(self):
        self.puppet(["get", "in"], ["exit", 0])
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.assert_ends_well(q_ack="in", upto=1)

    def test_exit_with_another_status_acknowledges_nothing(self):
        self.puppet(["get", "in"], ["exit", 5])
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.assertIsNone(self.node.next_frame())
        self.assertEqual(self.node.end(), 5)

    def test_a_crash_prints_the_users_lines_and_leaves_the_item_in_hand(self):
        self.puppet(["get", "in"], ["fail", "boom"])
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.assertIsNone(self.node.next_frame())
        self.assertEqual(self.node.end(), 1)
        self.assertIn("ValueError: boom", self.node.stderr())
        self.assertIn("raise ValueError(message)", self.node.stderr())
        self.assertEqual(self.node.hand(), (1, 0))

    def test_closing_a_queue_finishes_its_item_and_gives_back_the_rest(self):
        self.puppet(["get", "in"], ["close", "in"], ["get", "in"])
        self.node.expect("get")
        self.node.items(1, ["a", "b", "c"])
        frame, acked = self.node.next_frame(), 0
        if frame.header["op"] == "ack":  # In a frame of its own, or as `upto` of q_close.
            frame, acked = self.node.next_frame(), frame.header["upto"]
        self.assertEqual(frame.header["op"], "q_close")
        self.assertEqual(max(acked, frame.header.get("upto", 0)), 1)
        self.node.expect("get")
        self.node.items(4, ["d"])
        self.assertEqual([self.node.said()["item"], self.node.said()], ["a", None])
        self.assertEqual(self.node.said()["item"], "d")

    def test_closing_another_queue_keeps_the_item_in_hand(self):
        self.puppet(["get", "in"], ["close", "out"], ["pause"])
        self.node.expect("get")
        self.node.items(1, ["a"])
        self.node.expect("q_close", q="out", upto=None)
        self.assertEqual(self.node.hand(), (1, 0))

    def test_progress_is_throttled_and_the_last_one_goes_before_done(self):
        self.puppet(["report_often", 1000])
        frames = [self.node.expect("progress")]
        while frames[-1].header["op"] == "progress":
            frames.append(self.node.next_frame())
        self.assertEqual(frames[-1].header["op"], "done")
        last = {"op": "progress", "done": 1000, "total": 1000, "note": "working"}
        self.assertEqual(frames[-2].header, last)
        self.assertLess(len(frames), 20)

    def test_stop_wakes_a_blocked_get_and_the_node_can_still_put(self):
        self.puppet(["get", "in"], ["get", "in"], ["put", "out", 1])
        self.node.expect("get")
        self.node.expect_blocked()
        self.node.send({"op": "stop", "grace_ms": 5000})
        self.assertFalse(self.node.said()["held"])
        self.assertFalse(self.node.said()["held"])
        self.node.ok(self.node.expect("put"))
        self.node.said()
        self.assert_ends_well()

    def test_stop_ends_a_busy_node_although_it_has_items_left(self):
        self.puppet(["get", "in"], ["emit", 1], ["sleep", 0.03], ["get", "in"])
        self.node.expect("get")
        self.node.items(1, list(range(100)))
        frame = self.node.expect("emit")
        self.node.send({"op": "stop", "grace_ms": 5000})
        self.node.ok(frame)
        self.node.expect("ack", upto=1)
        self.node.said(), self.node.said(), self.node.said()
        self.assertEqual(self.node.said(), {"item": None, "held": False})
        self.assert_ends_well()

    def test_a_node_ends_at_once_when_its_server_is_gone(self):
        self.puppet(["get", "in"])
        self.node.expect("get")
        self.node.expect_blocked()
        self.node.close()
        self.assertEqual(self.node.end(), EXIT_SERVER_GONE)

    def test_a_spare_node_ends_at_once_when_its_server_is_gone(self):
        self.node.expect("hello")
        self.node.close()
        self.assertEqual(self.node.end(), EXIT_SERVER_GONE)

    def test_a_node_ends_when_it_writes_to_a_server_that_is_gone(self):
        self.puppet(["sleep", 0.01], ["put_all", "out", 100, "x" * 100_000])
        self.node.close()
        self.assertEqual(self.node.end(), EXIT_SERVER_GONE)

    def test_the_servers_last_error_is_shown(self):
        self.puppet(["get", "in"])
        self.node.expect("get")
        self.node.send({"op": "error", "error": {"code": "protocol", "message": "no such frame"}})
        self.node.close()
        self.assertEqual(self.node.end(), EXIT_SERVER_GONE)
        self.assertIn("no such frame", self.node.stderr())


def main():
    default_node = shlex.join([sys.executable, "-c", "import erlust_node; erlust_node.main()"])
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--node", default=default_node, help="the command that starts a node")
    default_lib = str(HERE.parent / "python")
    parser.add_argument("--lib", default=default_lib, help="the library's directory")
    parser.add_argument("--language", default="python", help="whose programs to run")
    _, rest = parser.parse_known_args(namespace=options)
    options.lib = str(Path(options.lib).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
