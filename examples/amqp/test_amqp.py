"""Tests of the examples, each as the program that it is, against a RabbitMQ of the tests' own.

They need what ../../.ci/packages installs; amqplib is fetched into a temporary directory. Run with
the python3 that has pika.
"""

import json
import shutil
import sys
import tempfile
import threading
import unittest
from contextlib import contextmanager
from pathlib import Path

import pika

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "fault"))
from amqp_programs import LANGUAGES, Programs  # noqa: E402
from harness import Server, await_that, server_command  # noqa: E402
from rabbit import Rabbit  # noqa: E402

SECONDS = 60
ARGUMENTS = {"x-queue-type": "quorum", "x-delivery-limit": 2147483647}
ITEMS = [0, -7, 2**53, 1.5, "plain", "line\nbreak, \"quotes\", \u00fc \u2713 \U0001f642", "", None,
         True, [], {}, {"deep": [{"er": [1, [2]]}]}, "x" * 100_000]
RABBIT = Rabbit()
PROGRAMS = Programs()


def setUpModule():
    unittest.enterModuleContext(PROGRAMS)
    unittest.enterModuleContext(RABBIT)


def start(program, *words):
    return PROGRAMS.start(RABBIT.uri(), program, *words)


@contextmanager
def bounded(process):
    """Kills a program that takes too long: whoever waits for what it prints goes on then."""
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        process.kill()


@contextmanager
def killed(program, *words):
    """A running program, killed at the end. `rest` is then what else it had printed."""
    process = start(program, *words)
    with bounded(process):
        yield process
    with process:  # and not communicate(), which leaves out what readline() has read ahead
        process.rest = process.stdout.read()


def run(program, *words, text=""):
    """(exit code, what it printed, its errors)."""
    with bounded(start(program, *words)) as process:
        printed, errors = process.communicate(text)
    return process.returncode, printed, errors


def lines_of(items):
    return "".join(json.dumps(item) + "\n" for item in items)


def items_of(text):
    return [json.loads(line) for line in text.splitlines()]


def connect():
    return pika.BlockingConnection(pika.URLParameters(RABBIT.uri()))


class AmqpTest(unittest.TestCase):
    def setUp(self):
        self.connection = connect()
        self.addCleanup(lambda: self.connection.is_open and self.connection.close())
        self.channel = self.connection.channel()
        self.queue = self.id().rpartition(".")[2]
        self.declare(self.queue)

    def declare(self, queue, **arguments):
        """As Erlust does."""
        self.channel.queue_declare(queue, durable=True, arguments=arguments or ARGUMENTS)

    def count(self):
        return self.channel.queue_declare(self.queue, passive=True).method.message_count

    def await_empty(self):
        """A quorum queue takes its time to count what was acknowledged."""
        await_that(lambda: self.count() == 0, lambda: f"0 messages, not {self.count()}", SECONDS)

    def check(self, ended, code, *errors):
        self.assertEqual(ended[0], code, ended)
        for error in errors:
            self.assertIn(error, ended[2])
        return ended[1]


class PublishAndConsumeTest(AmqpTest):
    def test_every_publisher_suits_every_consumer(self):
        for publisher in LANGUAGES:
            for consumer in LANGUAGES:
                with self.subTest(publisher=publisher, consumer=consumer):
                    said = f"{len(ITEMS)} items published"
                    self.check(run(f"publish.{publisher}", self.queue, text=lines_of(ITEMS)),
                               0, said)
                    printed = self.check(run(f"consume.{consumer}", self.queue,
                                             "--count", str(len(ITEMS))), 0)
                    self.assertEqual(items_of(printed), ITEMS)
        self.await_empty()

    def test_messages_are_persistent_json(self):
        for publisher in LANGUAGES:
            self.check(run(f"publish.{publisher}", self.queue, text="[1,  2]\n"), 0)
            about, body = self.channel.basic_get(self.queue, auto_ack=True)[1:]
            self.assertEqual((about.delivery_mode, about.content_type, body),
                             (2, "application/json", b"[1,  2]"))

    def test_many_items_are_all_confirmed(self):
        for publisher in LANGUAGES:
            self.check(run(f"publish.{publisher}", self.queue, text=lines_of(range(2500))), 0)
        printed = self.check(run("consume.js", self.queue, "--count", "7500"), 0)
        self.assertEqual(sorted(items_of(printed)), sorted([*range(2500)] * 3))

    def test_a_consumer_leaves_what_is_beyond_its_count(self):
        run("publish.js", self.queue, text=lines_of(range(150)))
        printed = [self.check(run(f"consume.{consumer}", self.queue, "--count", "50"), 0)
                   for consumer in LANGUAGES]
        self.assertEqual([len(items_of(text)) for text in printed], [50, 50, 50])
        self.assertEqual(sorted(items_of("".join(printed))), [*range(150)])  # each once
        self.await_empty()

    def test_what_a_killed_consumer_had_comes_again(self):
        for consumer in LANGUAGES:
            run("publish.js", self.queue, text=lines_of(range(500)))
            with killed(f"consume.{consumer}", self.queue) as process:
                seen = {json.loads(process.stdout.readline())}
            seen.update(items_of(process.rest))
            with killed("consume.py", self.queue) as process:
                while len(seen) < 500 and (line := process.stdout.readline()):
                    seen.add(json.loads(line))
            self.assertEqual(seen, {*range(500)})
            self.channel.queue_purge(self.queue)


class RefusedTest(AmqpTest):
    def test_a_missing_queue_is_told_with_what_to_do(self):
        for language in LANGUAGES:
            for program in ("publish", "consume"):
                self.check(run(f"{program}.{language}", "nowhere", text="1\n"), 1,
                           "no queue", "nowhere", '"backend": "amqp"')

    def test_a_line_that_is_no_json_is_not_published(self):
        for publisher in LANGUAGES:
            self.check(run(f"publish.{publisher}", self.queue, text="1\nnonsense\n"), 1, "JSON")
        self.channel.queue_purge(self.queue)

    def test_a_message_that_is_no_json_is_left_out(self):
        for consumer in LANGUAGES:
            self.channel.basic_publish("", self.queue, b"nonsense")
            self.channel.basic_publish("", self.queue, b"7")
            ended = run(f"consume.{consumer}", self.queue, "--count", "1")
            self.assertEqual(self.check(ended, 0, "left out"), "7\n")
        self.await_empty()

    def test_a_deleted_queue_is_told(self):
        for consumer in LANGUAGES:
            self.declare("gone")
            self.channel.basic_publish("", "gone", b"1")
            process = start(f"consume.{consumer}", "gone")
            with bounded(process):
                process.stdout.readline()
                self.channel.queue_delete("gone")
                errors = process.communicate()[1]
            self.assertEqual((process.returncode, "the queue was deleted" in errors), (1, True))


class BrokerGoneTest(AmqpTest):
    def test_programs_end_and_say_so(self):
        """Not with 0, and they don't hang: what they say is for who starts them again."""
        consumers, publishers = [], []
        for language in LANGUAGES:
            self.declare(language)
            self.channel.basic_publish("", language, b"1")
            consumers.append(start(f"consume.{language}", language))
            publishers.append(start(f"publish.{language}", self.queue))
        for consumer in consumers:
            self.assertEqual(consumer.stdout.readline(), "1\n")
        for publisher in publishers:
            publisher.stdin.write(lines_of(range(2000)))
            publisher.stdin.flush()
        await_that(self.count, "a message of a publisher", SECONDS)
        self.connection.close()
        RABBIT.sync_queues()
        RABBIT.kill9()
        self.addCleanup(RABBIT.start)
        for process in consumers + publishers:
            with bounded(process):
                errors = process.communicate("1\n" if process in publishers else None)[1]
            said = "confirmed the first" if process in publishers else "error: "
            self.assertEqual((process.returncode, said in errors), (1, True), errors)


class FakeErlust(threading.Thread):
    """What the job programs meet on the broker, for one job: it says what the test gave it."""

    def __init__(self, *says):
        super().__init__(daemon=True)
        self.says, self.items, self.submitted = says, [], None
        self.connection = connect()
        self.channel = self.connection.channel()
        self.channel.exchange_declare("erlust.events", "topic", durable=True)
        self.channel.queue_declare("erlust.jobs", durable=True, arguments=ARGUMENTS)
        self.start()

    def run(self):
        _, about, body = next(self.channel.consume("erlust.jobs", auto_ack=True))
        self.submitted, self.about = json.loads(body), about
        while (got := self.channel.basic_get(self.submitted["queue"], auto_ack=True))[0]:
            self.items.append(json.loads(got[2]))
        for kind, data in self.says:
            data = {"job": self.submitted["id"], "run": 1, **data}
            if kind.startswith("application/"):
                answer = pika.BasicProperties(correlation_id=about.correlation_id,
                                              content_type=kind)
                self.channel.basic_publish("", about.reply_to, json.dumps(data), answer)
            else:
                event = {"specversion": "1.0", "id": "1.1", "type": kind, "data": data}
                self.channel.basic_publish("erlust.events", f"{kind}.{data['job']}",
                                           json.dumps(event))
        self.connection.close()


ACCEPTED = ("application/json", {"state": "scheduled"})


def results(*pairs):
    return "job.results", {"results": [{"seq": seq, "value": value} for seq, value in pairs]}


class JobTest(unittest.TestCase):
    def run_job(self, *says, id=None):
        """Each program, with the answers and events of a job: its results."""
        job = {"source": "def handle(item): pass", **({"id": id} if id else {})}
        for language in LANGUAGES:
            with self.subTest(language=language), tempfile.NamedTemporaryFile("w") as file:
                json.dump(job, file)
                file.flush()
                erlust = FakeErlust(*says)
                ended = run(f"job.{language}", file.name, text="1\n2\n3\n")
                erlust.join(SECONDS)
                self.assertEqual(erlust.items, [1, 2, 3])
                self.assertEqual(erlust.submitted["source"], job["source"])
                self.assertEqual(erlust.about.delivery_mode, 2)
                yield ended

    def test_results_are_printed_once_until_the_job_is_completed(self):
        for ended in self.run_job(ACCEPTED, results((1, 1), (2, {"a": None})), results((2, 0)),
                                  results((3, [9])), ("job.completed", {"reason": None})):
            self.assertEqual(ended[:2], (0, '1\n{"a":null}\n[9]\n'), ended)

    def test_events_may_come_before_the_answer(self):
        for ended in self.run_job(results((1, 1)), ACCEPTED, ("job.completed", {"reason": None}),
                                  id="a.b-7"):
            self.assertEqual(ended[:2], (0, "1\n"), ended)

    def test_another_attempt_has_results_of_its_own(self):
        for ended in self.run_job(ACCEPTED, results((1, 1)), ("job.retrying", {"reason": "no"}),
                                  ("job.results", {"run": 2, "results": [{"seq": 1, "value": 2}]}),
                                  ("job.completed", {"run": 2, "reason": None})):
            self.assertEqual(ended[:2], (0, "1\n2\n"), ended)

    def test_a_refused_job_is_told_with_the_reason(self):
        problem = {"title": "Not valid", "detail": "a job has no member colour", "status": 400}
        for ended in self.run_job(("application/problem+json", problem)):
            self.assertEqual(ended[:2], (1, ""))
            self.assertIn("Not valid: a job has no member colour", ended[2])

    def test_a_job_that_has_ended_before_is_told(self):
        for state in ("completed", "failed", "cancelled"):
            for ended in self.run_job(("application/json", {"state": state})):
                self.assertEqual(ended[:2], (1, ""))
                self.assertIn(f"was submitted before and is {state}", ended[2])

    def test_what_is_no_json_is_told_and_not_submitted(self):
        with tempfile.NamedTemporaryFile("w") as broken:
            broken.write('{"source": ')
            broken.flush()
            for language in LANGUAGES:
                for file in (broken.name, "/nosuch.json"):
                    ended = run(f"job.{language}", file, text="1\n")
                    self.assertEqual((ended[0], len(ended[2].splitlines())), (1, 1), ended)
                    self.assertIn(f"error: {file}: ", ended[2])
        with connect() as connection:
            channel = connection.channel()
            channel.exchange_declare("erlust.events", "topic", durable=True)
            channel.queue_declare("erlust.jobs", durable=True, arguments=ARGUMENTS)
            for language in LANGUAGES:
                ended = run(f"job.{language}", str(HERE / "job.json"), text="1\nnonsense\n2\n")
                self.assertEqual(ended[0], 1, ended)
                self.assertIn("line 2 is not JSON", ended[2])
            count = channel.queue_declare("erlust.jobs", passive=True).method.message_count
            self.assertEqual(count, 0)

    def test_a_failed_or_cancelled_job_is_told_with_the_reason(self):
        for kind in ("job.failed", "job.cancelled"):
            for ended in self.run_job(ACCEPTED, (kind, {"reason": "it crashed 4 times"})):
                self.assertEqual(ended[0], 1)
                self.assertIn(f"{kind}: it crashed 4 times", ended[2])

    def test_without_erlust_the_programs_say_so(self):
        with connect() as connection:
            connection.channel().exchange_delete("erlust.events")
        for language in LANGUAGES:
            ended = run(f"job.{language}", str(HERE / "job.json"), text="1\n")
            self.assertEqual(ended[0], 1)
            self.assertIn("erlust serve --amqp", ended[2])


class ErlustTest(unittest.TestCase):
    """The programs and a real server, which share nothing but the broker."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="erlust-amqp-example-")
        cls.addClassCleanup(shutil.rmtree, directory)
        cls.server = Server(server_command(), f"{directory}/data", f"{directory}/log",
                            ("--amqp", RABBIT.uri()))
        cls.server.start()
        cls.addClassCleanup(cls.server.kill)

    def test_a_job_is_submitted_fed_and_told_of(self):
        for language in LANGUAGES:
            ended = run(f"job.{language}", str(HERE / "job.json"), text=lines_of(range(100)))
            self.assertEqual(ended[0], 0, ended)
            self.assertEqual(sorted(items_of(ended[1])), [n * n for n in range(100)])

    def test_a_job_that_is_not_valid_is_refused_with_the_reason(self):
        self.assert_told({"source": "pass", "colour": "red"}, "refused: ", "colour")

    def test_a_job_that_fails_is_told(self):
        self.assert_told({"source": "raise ValueError('no such luck')"}, "job.failed: ",
                         "no such luck")

    def assert_told(self, job, *words):
        for language in LANGUAGES:
            with tempfile.NamedTemporaryFile("w") as file:
                json.dump(job, file)
                file.flush()
                code, printed, errors = run(f"job.{language}", file.name, text="1\n")
            self.assertEqual((code, printed), (1, ""), errors)
            for word in words:
                self.assertIn(word, errors)


if __name__ == "__main__":
    unittest.main()
