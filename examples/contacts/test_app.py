"""Tests of the application's side, in one process: signatures, callbacks, whole runs, messages."""

import io
import json
import random
import time
import unittest
import urllib.error
import urllib.request
from types import SimpleNamespace

import app
import report
from contacts import Table, quality
from erlust_api import ApiError, Erlust, explained
from generate import generate
from webhooks import BadCallback, Inbox, Receiver, check, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of the Standard Webhooks libraries
BODY = b'{"test": 2432232314}'
HEADERS = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
           "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}


def results_event(job, *results):
    listed = [{"seq": seq, "value": value} for seq, value in results]
    return {"type": "job.results", "data": {"job": job, "run": 1, "results": listed}}


def ended_event(job, kind="completed", **data):
    return {"type": f"job.{kind}", "data": {"job": job, "run": 1, **data}}


class FakeNode:
    """What a node's code sees, with lists in place of the server. It can be run twice."""

    def __init__(self, args, queue):
        self.args = json.loads(json.dumps(args))
        self.queue, self.results = queue, []

    def run(self, node_file):
        names = {"node": self, "__name__": "__main__"}
        exec(compile(app.source_of(node_file), "job.py", "exec"), names)
        if "handle" in names:
            self.emit_all(names["handle"](item) for item in self.queue)
        else:
            names["main"]()
        return self.results

    def ready(self):
        pass

    def q_connect(self):
        return "the queue"

    def q_put_all(self, queue, items):
        self.queue.extend(json.loads(json.dumps(list(items))))

    def emit(self, value):
        self.emit_all([value])

    def emit_all(self, values):
        self.results.extend(json.loads(json.dumps(list(values))))


class SignatureTest(unittest.TestCase):
    def check(self, secret=SECRET, body=BODY, now=1614265330, **headers):
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        check(secret, {**HEADERS, **changed}, body, now)

    def test_the_published_example_is_accepted(self):
        self.check()
        self.check(webhook_signature="v1,AAAA " + HEADERS["webhook-signature"])

    def test_a_secret_without_prefix_is_used_as_it_is(self):
        signed = signature("secret", HEADERS["webhook-id"], "1614265330", BODY)
        self.assertEqual(signed, "v1,QhlSMIJS/+71IQLjjmkiCGkWoueir474RayJQKtDu+0=")
        self.check(secret="secret", webhook_signature=signed)

    def test_whatever_was_changed_on_the_way_is_refused(self):
        for change in ({"body": BODY + b" "}, {"webhook_id": "msg_2"}, {"secret": "whsec_AAAA"},
                       {"webhook_timestamp": "1614265331"}, {"webhook_signature": "v1,AAAA"},
                       {"webhook_signature": ""}, {"webhook_timestamp": "soon"}):
            with self.assertRaises(BadCallback, msg=str(change)):
                self.check(**change)

    def test_an_old_callback_can_not_be_played_again(self):
        self.check(now=1614265330 + 299)
        for seconds in (-301, 301):
            with self.assertRaises(BadCallback):
                self.check(now=1614265330 + seconds)


class ReceiverTest(unittest.TestCase):
    def post(self, url, body, secret=SECRET, message_id="msg_1"):
        timestamp = str(int(time.time()))
        headers = {"webhook-id": message_id, "webhook-timestamp": timestamp,
                   "webhook-signature": signature(secret, message_id, timestamp, body)}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def test_a_signed_callback_is_taken_once_and_a_forged_one_never(self):
        inbox = Inbox()
        body = json.dumps(results_event("j", (1, "a"))).encode()
        with Receiver(SECRET, inbox) as receiver:
            self.assertEqual(self.post(receiver.url, body, secret="guessed"), 401)
            self.assertEqual(inbox.results, {})
            self.assertEqual(self.post(receiver.url, body), 204)
            self.assertEqual(self.post(receiver.url, body), 204)
            self.assertEqual(self.post(receiver.url, b"[]", message_id="msg_2"), 400)
            self.assertEqual(self.post(receiver.url + "/other", body), 404)
        self.assertEqual(inbox.results, {"j": {1: "a"}})

    def test_results_may_come_again_and_in_any_order(self):
        inbox = Inbox()
        self.assertTrue(inbox.deliver("m2", results_event("j", (2, "b"), (3, "c"))))
        self.assertTrue(inbox.deliver("m1", results_event("j", (1, "a"), (2, "b"))))
        self.assertFalse(inbox.deliver("m2", results_event("j", (2, "other"))))
        self.assertEqual(inbox.results["j"], {1: "a", 2: "b", 3: "c"})
        self.assertIsNone(inbox.wait("j", 0))
        inbox.deliver("m3", ended_event("j"))
        self.assertEqual(inbox.wait("j", 0)["type"], "job.completed")


class RunTest(unittest.TestCase):
    def run_with(self, **calls):
        receiver = SimpleNamespace(url="http://127.0.0.1:9/erlust", address="127.0.0.1:9")
        return app.Run(SimpleNamespace(**calls), Inbox(), receiver, SECRET)

    def test_results_that_no_callback_brought_are_fetched(self):
        run = self.run_with(results=lambda job: [(1, "a"), (2, "b"), (3, "c")])
        run.inbox.deliver("m1", results_event("j", (1, "a"), (3, "c")))
        run.inbox.deliver("m2", ended_event("j", results_count=3))
        self.assertEqual(run.results("j"), ["a", "b", "c"])

    def test_nothing_is_fetched_when_all_results_came(self):
        run = self.run_with()
        run.inbox.deliver("m1", results_event("j", (2, "b"), (1, "a")))
        run.inbox.deliver("m2", ended_event("j", results_count=2))
        self.assertEqual(run.results("j"), ["a", "b"])

    def test_a_failed_job_ends_the_wait_with_its_reason_and_log(self):
        run = self.run_with(logs=lambda job: "ValueError: no", job=lambda job: {"state": "running"})
        run.inbox.deliver("m1", ended_event("other", "failed", reason="it crashed 4 times in 5 s"))
        reason = "(?s)other failed: it crashed 4 times.*ValueError: no"
        with self.assertRaisesRegex(ApiError, reason):
            run.wait("j", lambda job: None)

    def test_a_late_callback_is_explained(self):
        text = self.run_with(callbacks=lambda job: "refused").late("j", "completed")
        self.assertIn("--allow-callback 127.0.0.1:9", text)
        self.assertIn("refused", text)


class WholeMergeTest(unittest.TestCase):
    def merge(self, all_pairs, restarted):
        columns, rows = generate(600, seed=11)
        contacts = {"columns": columns[:-1], "rows": [row[:-1] for row in rows]}
        queue = []
        split = FakeNode({**contacts, "all_pairs": all_pairs}, queue)
        for _ in range(2 if restarted else 1):
            said = split.run("split.py")[-1]
        self.assertEqual(said["items"] * (2 if restarted else 1), len(queue))
        random.Random(1).shuffle(queue)
        nodes = [FakeNode(contacts, queue[:70]), FakeNode(contacts, queue[70:])]
        matches = app.distinct([result for node in nodes for result in node.run("score.py")])
        people = FakeNode({**contacts, "matches": matches}, []).run("merge.py")
        return Table(*contacts.values(), [row[-1] for row in rows]), people

    def test_generated_contacts_are_merged_nearly_without_fault(self):
        for all_pairs in (False, True):
            table, people = self.merge(all_pairs, restarted=False)
            groups = [person["members"] for person in people]
            self.assertEqual(sorted(sum(groups, [])), list(range(600)))
            precision, recall = quality(groups, table.truth)
            self.assertGreater(precision, 0.99)
            self.assertGreater(recall, 0.98)

    def test_a_restarted_node_changes_nothing(self):
        self.assertEqual(self.merge(False, restarted=True), self.merge(False, restarted=False))

    def test_the_report_tells_what_happened(self):
        table, people = self.merge(False, restarted=False)
        figures = {"comparisons": 900, "matches": 400, "compare_seconds": 2.0, "seconds": 3.0,
                   "nodes": [{"rank": 0, "items": 5, "restarts": 1}, {"rank": 1, "items": 4}]}
        options = SimpleNamespace(out="m.csv", all_pairs=False, nodes=2, url="http://e",
                                  hints=True)
        text = report.closing_report(table, people, figures, options, "contacts-1-score")
        for part in ("600 contacts are", "900 of 179,700 possible", "450 comparisons a second",
                     "node 0: 5 items, node 1: 4 items; restarts: 1", "merged", "m.csv"):
            self.assertIn(part, text)


class MessageTest(unittest.TestCase):
    def refused(self, code, text, job=None):
        body = io.BytesIO(text.encode())
        return explained(urllib.error.HTTPError("http://e", code, "Refused", {}, body), job)

    def test_a_refused_callback_target_says_which_option_allows_it(self):
        problem = '{"title": "Bad field", "detail": "not allowed", "pointer": "/callback_url"}'
        text = self.refused(422, problem, {"callback_url": "http://127.0.0.1:4371/erlust"})
        self.assertIn("422 Bad field: not allowed", text)
        self.assertIn("erlust serve --allow-callback 127.0.0.1:4371", text)

    def test_a_refused_token_and_an_answer_without_problem_document_are_explained(self):
        self.assertIn("--token-file", self.refused(401, ""))
        self.assertIn("502 Refused", self.refused(502, ""))

    def test_an_absent_server_and_too_many_contacts_are_explained(self):
        with self.assertRaisesRegex(ApiError, "no Erlust answers at http://127.0.0.1:1"):
            Erlust("http://127.0.0.1:1", "token").job("j")
        with self.assertRaisesRegex(ApiError, "use fewer contacts"):
            Erlust("http://127.0.0.1:1", "token").submit({"id": "j", "args": "x" * (16 << 20)})

    def test_the_progress_line_shows_share_rate_and_time_left(self):
        line = report.Progress("comparing", io.StringIO()).line(25, 100, 5.0)
        self.assertIn(" 25%  25 of 100 items, 5/s, 15 s left", line)


if __name__ == "__main__":
    unittest.main()
