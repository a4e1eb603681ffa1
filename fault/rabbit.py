"""A real RabbitMQ of this program's own, to kill and to start again on the same data. All of it
ends with this program.

The broker reads Erlang expressions from its standard input: asking takes milliseconds, where
rabbitmqctl takes seconds; and at the end of the input, when this program is gone, it ends.
"""

import itertools
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import Failed, await_that, check

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's wrapper in PATH changes the user
START_SECONDS = 90
ANSWER_SECONDS = 60
# Outside the range from which the system takes ports for clients: else another program, or a
# client that tries to connect to a broker that is gone, may get the port meanwhile.
PORTS = range(20_000, 30_000)
# epmd, which knows a broker's internal port, and ends with the standard input of this line.
EPMD = 'epmd -address 127.0.0.1 -port "$0" & cat >/dev/null; kill -9 $!; wait'
STARTED = ("(fun W() -> case rabbit_boot_state:get() of ready -> ok; "
           "_ -> timer:sleep(10), W() end end)()")
CONFIG = """
disk_free_limit.absolute = 1MB
raft.wal_max_size_bytes = 33554432
"""


class Rabbit:
    """Used as `with Rabbit() as rabbit`: it accepts connections then, unless `await_start` is
    false; its data go with it."""

    def __init__(self, await_start=True):
        self._await_start = await_start
        self.directory = Path(tempfile.mkdtemp(prefix="erlust-rabbit-"))
        self.port, self._distribution, self._epmd_port = free_ports(3)
        self._epmd = self._broker = None
        self._numbers = itertools.count(1)
        self._asking = threading.Lock()  # one question at a time
        self._answers = {}  # number -> the lines of the answer, and an event: it is complete
        (self.directory / "rabbitmq.conf").write_text(CONFIG)
        (self.directory / "enabled_plugins").write_text("[].\n")

    def __enter__(self):
        try:
            self.spawn()
            if self._await_start:
                self.await_started()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self._broker:
            self.kill9()
        if self._epmd:
            self._epmd.stdin.close()
            self._epmd.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def uri(self, vhost="%2F"):
        """Of a virtual host; without a path, and with an empty one, clients mean different ones."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost}"

    def start(self):
        """Starts it, on the data that are there, and waits until it accepts connections."""
        self.spawn()
        self.await_started()
        return self

    def spawn(self):
        """Starts it and doesn't wait."""
        check(SERVER.exists(), f"there is no {SERVER}: install the package rabbitmq-server")
        if self._epmd is None:
            self._epmd = subprocess.Popen(
                ["sh", "-c", EPMD, str(self._epmd_port)], stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            # Without it, a broker starts one of its own, that outlives this program.
            await_that(lambda: is_open(self._epmd_port), "epmd to listen", START_SECONDS)
        log = open(self.directory / "broker.log", "ab")
        with log:
            self._broker = subprocess.Popen(
                [SERVER], env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, start_new_session=True)
        threading.Thread(target=self._listen, args=(self._broker,), daemon=True).start()

    def await_listening(self):
        """Waits until it accepts connections; then it is about to be started. Returns when."""
        await_that(lambda: is_open(self.port), "RabbitMQ to listen", START_SECONDS, 0.005)
        return time.monotonic()

    def await_started(self):
        self.ask(STARTED, START_SECONDS)

    def _environment(self):
        base = self.directory
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(base), "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"erlust-{os.getpid()}-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution), "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_MNESIA_BASE": str(base / "data"), "RABBITMQ_LOG_BASE": str(base / "log"),
            "RABBITMQ_CONFIG_FILE": str(base / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(base / "generated"),
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "+S 2:2 +SDio 4 +A 4 -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_ALLOW_INPUT": "1",
        }

    @property
    def pid(self):
        return self._broker.pid

    def is_running(self):
        return self._broker is not None and self._broker.poll() is None

    def kill9(self):
        self._broker.kill()
        self._broker.wait()
        self._broker.stdin.close()

    def stop(self):
        """In order, as `systemctl stop` does."""
        self._write("init:stop().")
        try:
            self._broker.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise Failed(f"RabbitMQ did not stop: {self.last_words()}") from None

    def alarm(self, on):
        """A memory alarm: while it is on, the broker takes nothing from publishers. Asked for its
        alarms it answers when every connection has been told."""
        self.ask(f"vm_memory_monitor:set_vm_memory_high_watermark({0 if on else 0.4})")
        self.ask("rabbit_alarm:get_alarms()")

    def sync_queues(self):
        """Writes the register of quorum queues to the disk, which a broker does within half a
        second of a declaration. One killed earlier has lost the queue, confirmed messages too."""
        self.ask("[ok = dets:sync(Table) || Table <- dets:all()]")

    def consumers(self):
        """How many there are, of all queues. A channel that is just ending answers nothing."""
        return int(self.ask("lists:sum([N || Channel <- rabbit_channel:list_local(), [{_, N}] <- "
                            "[catch rabbit_channel:info(Channel, [consumer_count])]])"))

    def new_vhost(self):
        """The URI of a virtual host of its own."""
        vhost = f"v{next(self._numbers)}"
        self.ask(f'rabbit_vhost:add(<<"{vhost}">>, <<"tests">>)')
        self.ask('rabbit_auth_backend_internal:set_permissions(<<"guest">>, '
                 f'<<"{vhost}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)')
        return self.uri(vhost)

    def ask(self, expression, seconds=ANSWER_SECONDS):
        """Evaluates an Erlang expression in the broker. Returns what it is, as Erlang prints it."""
        with self._asking:
            number = next(self._numbers)
            lines, complete = self._answers[number] = [], threading.Event()
            self._write(f'io:format("~nanswer {number} ~0p~n", [catch {expression}]).')
            check(complete.wait(seconds) and lines, f"RabbitMQ does not answer: {expression}; its "
                  f"last words: {self.last_words()}")
            check(not lines[0].startswith("{'EXIT'"), f"RabbitMQ: {expression}: {lines[0]}")
            return lines[0]

    def _write(self, text):
        try:
            self._broker.stdin.write(text.encode() + b"\n")
            self._broker.stdin.flush()
        except OSError as error:
            raise Failed(f"RabbitMQ is gone ({error}): {self.last_words()}") from None

    def _listen(self, broker):
        with open(self.directory / "broker.log", "ab") as log, broker.stdout:
            for line in broker.stdout:
                log.write(line)
                log.flush()
                words = line.decode(errors="replace").rstrip("\n").split(" ", 2)
                if words[0] == "answer" and int(words[1]) in self._answers:
                    lines, complete = self._answers[int(words[1])]
                    lines.append(words[2])
                    complete.set()
        if broker is self._broker:
            for _, complete in list(self._answers.values()):
                complete.set()  # there will be none

    def last_words(self):
        log = self.directory / "broker.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def free_ports(count):
    ports = []
    while len(ports) < count:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports
