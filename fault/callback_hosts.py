"""Applications that callbacks go to, and the ways in which they answer: badly, slowly, never.

Each *host* is a port of its own on loopback: what the server keeps apart are hosts and ports.
"""

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAIRED_SECONDS = 10  # at most; an attempt has 20


class Host:
    """Answers its n-th callback by the n-th of `answers`, and from then on by the last of them."""

    def __init__(self, app, *answers, listens=True):
        self.app, self.answers = app, answers
        self.posts = []  # (when, webhook-id)
        self.at_once = self.most_at_once = 0
        self.closed = threading.Event()
        self.is_listening = False
        self._lock = threading.Lock()
        self._server = _HostServer(("127.0.0.1", 0), _handler(self), bind_and_activate=False)
        self._server.server_bind()  # bound and not listening: the kernel refuses
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        if listens:
            self.listen()

    def listen(self):
        self._server.server_activate()
        self.is_listening = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.closed.set()
        if self.is_listening:
            self._server.shutdown()
        self._server.server_close()

    def begin(self, headers, body):
        """Keeps the books. Returns how this one is to be answered."""
        self.app.take(headers, body)
        with self._lock:
            self.posts.append((time.monotonic(), headers["webhook-id"]))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            return self.answers[min(len(self.posts), len(self.answers)) - 1]

    def end(self):
        with self._lock:
            self.at_once -= 1


class _HostServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # most answers here end in an error of the connection


def _handler(of):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host, closed = of, of.closed

        def do_POST(self):
            answer = of.begin(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer(self)
            finally:
                of.end()

        def send_error(self, *arguments):
            super().send_error(*arguments)  # to what is no HTTP: a TLS handshake
            time.sleep(0.2)  # so that it is read before the connection breaks

        def log_message(self, *_):
            pass
    return Handler


# How a host answers

def status(code, **headers):
    def answer(handler):
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
    return answer


def hang(handler):
    handler.closed.wait()
    handler.close_connection = True


def drip(seconds):
    """200 at once, then a byte of the body every so many seconds."""
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not handler.closed.wait(seconds):
            handler.wfile.write(b".")
        handler.close_connection = True
    return answer


def endless(taken):
    """200 and a body without an end. Adds to `taken` how many bytes went until it was cut off."""
    def answer(handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 10)
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        went = 0
        try:
            while not handler.closed.is_set() and went < 1 << 30:
                went += handler.connection.send(bytes(16 << 10))
        finally:
            taken.append(went)
    return answer


def slowly(seconds):
    def answer(handler):
        time.sleep(seconds)
        status(204)(handler)
    return answer


def paired(seconds):
    """As `slowly`, but the first ones wait until there were two at once, or long enough."""
    def answer(handler):
        end = time.monotonic() + PAIRED_SECONDS
        while handler.host.most_at_once < 2 and time.monotonic() < end:
            time.sleep(0.01)
        slowly(seconds)(handler)
    return answer


def reset_after(head):
    """Sends this, then breaks the connection off with a RST."""
    def answer(handler):
        handler.connection.sendall(head)
        time.sleep(0.05)  # so that it is read before the RST throws it away
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True
        handler.connection.close()
    return answer


OK = status(204)
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"
