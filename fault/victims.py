"""What a hostile job must not reach, made for it: files, sockets, listeners, shared memory. All of
it is of this run."""

import os
import re
import socket
import subprocess
import threading

OUTSIDE = "192.0.2.1", 9  # nothing is sent there; it tells which address this machine has


class Victims:
    """Used as `with Victims(directory, canary) as victims`: a directory of files that everybody
    may read, and listeners that answer everybody."""

    def __init__(self, directory, canary):
        self.directory = directory
        self.canary = canary
        self.secret = directory / "secret"
        self.path = directory / "sock"
        self.abstract = f"erlust-victim-{os.getpid()}-{directory.name}"
        self.tcp, self.udp = [], []
        self._open = []

    def __enter__(self):
        self.directory.mkdir()
        self.directory.chmod(0o777)
        self.secret.write_text(self.canary)
        self.secret.chmod(0o666)
        for address in filter(None, ("127.0.0.1", own_address())):
            self.tcp.append(self._listen(socket.AF_INET, (address, 0))[:2])
            self.udp.append(self._answer((address, 0)))
        self._listen(socket.AF_UNIX, "\0" + self.abstract)
        self._listen(socket.AF_UNIX, str(self.path))
        self.path.chmod(0o777)
        made = subprocess.run(["ipcmk", "-M", "4096", "-p", "0666"], capture_output=True, text=True)
        number = re.search(r"\d+", made.stdout)
        self._memory = number and number[0]
        return self

    def __exit__(self, *_):
        for each in self._open:
            each.close()
        if self._memory:
            subprocess.run(["ipcrm", "-m", self._memory], check=False)

    def _listen(self, family, address):
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen(50)
        self._open.append(listener)
        return listener.getsockname()

    def _answer(self, address):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(address)
        self._open.append(udp)
        name = udp.getsockname()

        def answer():
            try:
                while True:
                    _, sender = udp.recvfrom(100)
                    udp.sendto(b"yes", sender)
            except OSError:
                pass  # closed: the end
        threading.Thread(target=answer, daemon=True).start()
        return name


def own_address():
    """This machine's own in a network; None if it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(OUTSIDE)
            return udp.getsockname()[0]
        except OSError:
            return None
