"""A TCP port in front of another, whose connections can be cut, or frozen: half open."""

import socket
import struct
import threading

from rabbit import free_ports


class Proxy:
    """Used as `with Proxy(port) as proxy`; clients connect to `proxy.port`."""

    def __init__(self, target):
        self.target = target
        self.port = free_ports(1)[0]
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._lock = threading.Lock()  # guards the connections
        self._connections = []  # _Connection, those that are open and well
        self._frozen = []
        self.accepted = 0

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for each in self._frozen:
            each.reset()

    def uri(self, rabbit):
        """A broker's URI, through this proxy."""
        return rabbit.uri().replace(f":{rabbit.port}", f":{self.port}")

    def cut(self):
        """Ends all connections at once, to both sides by a RST. Returns how many."""
        with self._lock:
            connections, self._connections = self._connections, []
        for each in connections:
            each.reset()
        return len(connections)

    def freeze(self):
        """From now on the connections that are there are half open: both ends think that they are
        well, and nothing arrives. New ones are not frozen. Returns how many."""
        with self._lock:
            connections, self._connections = self._connections, []
            self._frozen += connections
        for each in connections:
            each.frozen = True
        return len(connections)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                broker = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                _reset(client)  # as the broker itself would
                continue
            broker.settimeout(None)
            connection = _Connection(client, broker, self._forget)
            with self._lock:
                self._connections.append(connection)
                self.accepted += 1
            connection.start()

    def _forget(self, connection):
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)


class _Connection:
    """Two sockets, and a thread for each direction."""

    def __init__(self, client, broker, ended):
        self.client, self.broker, self.ended = client, broker, ended
        self.frozen = False

    def start(self):
        for source, target in ((self.client, self.broker), (self.broker, self.client)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source, target):
        """While frozen it reads on, so that the other side's writes go well, and forgets."""
        try:
            while data := source.recv(1 << 16):
                if not self.frozen:
                    target.sendall(data)
            if self.frozen:
                return  # its end is not told either
        except OSError:
            pass
        if not self.frozen:
            self.ended(self)
            self.reset()

    def reset(self):
        _reset(self.client)
        _reset(self.broker)


def _reset(end):
    """Closes a socket so that the other side gets a RST."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)  # wakes who reads it
    except OSError:
        pass
    end.close()
