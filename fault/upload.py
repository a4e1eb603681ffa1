"""An upload that is sent in whatever way: bit by bit, in chunks, longer than it may be."""

import json
import socket
from urllib.parse import urlsplit

ANSWER_SECONDS = 60
JSON, NDJSON = "Content-Type: application/json", "Content-Type: application/x-ndjson"
CHUNKED = "Transfer-Encoding: chunked"


class Upload:
    """A request whose body comes in whatever way. Its answer is read while it is sent."""

    def __init__(self, server, path, *fields, method="POST"):
        self.socket = socket.create_connection(
            urlsplit(server.url).netloc.rsplit(":", 1), ANSWER_SECONDS)
        head = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(server.url).netloc}",
                f"Authorization: Bearer {server.token()}", *fields, "", ""]
        self.socket.sendall("\r\n".join(head).encode())
        self.sent = 0

    def send(self, piece, chunked=False):
        """False once the server takes no more."""
        try:
            if chunked:
                self.socket.sendall(b"%x\r\n" % len(piece))
            self.socket.sendall(piece)
            if chunked:
                self.socket.sendall(b"\r\n")
        except OSError:
            return False
        self.sent += len(piece)
        return True

    def answer(self):
        """(status, problem); (None, None) when there was none."""
        text = b""
        try:
            while piece := self.socket.recv(64 << 10):
                text += piece
                head, has_head, body = text.partition(b"\r\n\r\n")
                if has_head and len(body) >= _length(head):
                    break
        except OSError:
            pass  # a reset behind the answer
        self.socket.close()
        head, _, body = text.partition(b"\r\n\r\n")
        return (int(head.split()[1]), _problem(body)) if head else (None, None)


def _length(head):
    fields = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
    return next((int(value) for name, value in fields if name == b"content-length"), 0)


def _problem(body):
    try:
        return json.loads(body)
    except ValueError:
        return {}
