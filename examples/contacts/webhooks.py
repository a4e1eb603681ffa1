"""The callbacks' receiving end: checks signatures (Standard Webhooks 1.0.0), keeps what came.

Callbacks may come twice, late and in any order. So the inbox drops those it has had, by their
`webhook-id`, and keeps results by their number `seq`.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 5 * 60
BODY_BYTES_MAX = 64 << 20
PATH = "/erlust"


class BadCallback(Exception):
    """Not from the server that knows our secret, or not now."""


def signature(secret, message_id, timestamp, body):
    """v1: HMAC-SHA256 over id, timestamp and body, base64."""
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret[len("whsec_"):])
    else:
        key = secret.encode()
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check(secret, headers, body, now):
    """Raises BadCallback if the body is not what the server signed, or was signed too long ago."""
    message_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    if not message_id or not timestamp.isascii() or not timestamp.isdigit():
        raise BadCallback("webhook-id or webhook-timestamp is missing")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadCallback("webhook-timestamp is too far from now")
    expected = signature(secret, message_id, timestamp, body).encode()
    offered = (headers.get("webhook-signature") or "").encode("latin-1", "replace").split()
    if not any([hmac.compare_digest(expected, one) for one in offered]):
        raise BadCallback("webhook-signature does not fit")


class Inbox:
    """What the callbacks brought, for threads to wait on."""

    def __init__(self):
        self.results = defaultdict(dict)  # job -> seq -> value
        self.ended = {}  # job -> the event that ended it
        self.seen = set()
        self.arrived = threading.Condition()

    def deliver(self, message_id, event):
        """Takes an event in; whether it was a new one."""
        with self.arrived:
            if message_id in self.seen:
                return False
            data = event["data"]
            if event["type"] == "job.results":
                self.results[data["job"]].update((r["seq"], r["value"]) for r in data["results"])
            elif event["type"] in ("job.completed", "job.failed", "job.cancelled"):
                self.ended[data["job"]] = event
            self.seen.add(message_id)
            self.arrived.notify_all()
            return True

    def wait(self, job, seconds):
        """The event that ended the job; None if it has not come after some seconds."""
        with self.arrived:
            self.arrived.wait_for(lambda: job in self.ended, seconds)
            return self.ended.get(job)


class Receiver:
    """An HTTP server on this machine that the callbacks of one run go to."""

    def __init__(self, secret, inbox, port=0):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.secret, self.server.inbox = secret, inbox
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        self.url = f"http://{self.address}{PATH}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds for a slow sender

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if self.path != PATH:
            return self.answer(404)
        if not length.isdigit():
            return self.answer(411)
        if int(length) > BODY_BYTES_MAX:
            return self.answer(413)
        body = self.rfile.read(int(length))
        try:
            check(self.server.secret, self.headers, body, time.time())
            self.server.inbox.deliver(self.headers["webhook-id"], json.loads(body))
        except BadCallback:
            return self.answer(401)
        except (ValueError, KeyError, TypeError):
            return self.answer(400)
        self.answer(204)

    def answer(self, status):
        self.close_connection = self.close_connection or status not in (204, 401)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """The screen belongs to the progress bar."""
