"""A web application that gets callbacks: a small HTTP server on loopback."""

import base64
import hashlib
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # its caller was killed: expected
            super().handle_error(request, client_address)


class Receiver:
    """Keeps every callback, checks its signature, and answers 204. Use as a context manager."""

    def __init__(self, secret):
        self.secret = secret.encode()
        self.bodies = {}  # webhook-id -> set of bodies
        self.posts = 0
        self.badly_signed = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}/"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        code = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        with self._lock:
            self.posts += 1
            self.badly_signed += f"v1,{code}" not in (headers["webhook-signature"] or "").split()
            self.bodies.setdefault(headers["webhook-id"], set()).add(body)

    def changed(self):
        """The ids whose body was not the same each time."""
        with self._lock:
            return [one for one, bodies in self.bodies.items() if len(bodies) > 1]

    def ends(self):
        """(job, state) of each callback about an end, once a webhook-id."""
        with self._lock:
            events = [json.loads(next(iter(bodies))) for bodies in self.bodies.values()]
        return [(event["data"]["job"], event["data"]["state"]) for event in events
                if event["type"] != "job.results"]


def _handler(receiver):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            receiver.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass
    return Handler
