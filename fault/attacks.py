"""Hostile programs, as an attacker would submit them, and how each of them must end.

A source here is run by a node in a sandbox. Nothing in it may hurt a machine for good where there
is none; still, hostile.py plays them only where there is one.
"""

import errno
import platform
from collections import namedtuple

from verdicts import (bounded_processes, broken_protocol, cancelled, done, failed, last_words,
                      not_grown, own_files_only, refused, survived)

MIB = 1 << 20
SCRATCH_BYTES = 256 * MIB  # a job's default
OPEN_FILES = 1024

# source: what is submitted. lasts: it ends only when it is cancelled. job: more fields of it;
# short: of its short form. judge(outcome): raises if it ended in another way than it must.
# by_cgroup: only those hold it.
Attack = namedtuple("Attack", "name source judge lasts job short by_cgroup",
                    defaults=[False, {}, {}, False])


FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""

THREADS = """
import hashlib, threading
block = bytes(1 << 20)

def work():
    while True:
        hashlib.sha256(block).digest()

for _ in range(63):
    threading.Thread(target=work).start()
work()
"""

# Without its environment it can't be found by that, and in a session of its own not by its group.
DOUBLE_FORK = """
import os, signal
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            os.execve("/bin/sleep", ["sleep", "60"], {})
    os._exit(0)
os.wait()
node.emit("it has left")
"""

IGNORES_TERM = """
import signal
for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(each, signal.SIG_IGN)
while True:
    pass
"""

HOLDS_PIPE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    time.sleep(60)  # with the node's stdout and stderr
sys.stderr.write("these are my last words\\n")
sys.stderr.flush()
os._exit(7)
"""

MEMORY_BOMB = """
held = []
while True:
    held.append(b"x" * (16 << 20))
"""

FILL = """
import os
block, written = bytes(1 << 20), 0
file = os.open(node.args + "/big", os.O_WRONLY | os.O_CREAT)
while written < 10 << 30:
    try:
        written += os.write(file, block)
    except OSError as error:
        node.emit([error.errno, written])
        break
else:
    node.emit([0, written])
"""

MANY_FILES = """
import os
for n in range(300_000):
    try:
        os.close(os.open(f"/tmp/{n}", os.O_WRONLY | os.O_CREAT))
    except OSError as error:
        break
"""

YES = """
import os
text = b"y\\n" * 32768
out = 2 if os.fork() == 0 else 1
while True:
    os.write(out, text)
"""

LONG_LINE = """
import os
block = b"x" * (1 << 20)
for _ in range(node.args):
    left = len(block)
    while left:
        left -= os.write(1, block[:left])
node.emit("written")
"""

GARBAGE = r"""
import os
junk = bytes(range(256)) * 16 + b"\x1b]0;title\x07\x1b[2J\xff\xfe\xed\xa0\x80\xf0\x9f\r\0\n" * 50
for out in (1, 2):
    os.write(out, junk)
os.write(2, b"\xff\0\x1b[31mlast words\x1b]52;c;eA==\x07\xf0\x9f")
os._exit(3)
"""

OPEN_FILES_BOMB = """
import os
held = []
try:
    while len(held) < 1 << 20:
        held.append(os.open("/dev/null", os.O_RDONLY))
    code = 0
except OSError as error:
    code = error.errno
for each in held[-64:]:
    os.close(each)
node.emit([code, len(held)])
"""

OWN_DIRECTORY = """
import os
ROOT = "/run/erlust"
SOCKET, HAND = os.environ["ERLUST_SOCKET"], os.environ["ERLUST_HAND"]

def create():
    open(ROOT + "/more", "x").close()

def link():
    os.symlink("/tmp/elsewhere", ROOT + "/link")

def replace(path):
    os.rename(path, path + ".old")
    open(path, "x").close()

def poison():
    for directory, _, names in os.walk(ROOT + "/lib"):
        for name in names:
            open(os.path.join(directory, name), "a").close()

said = {}
for name, action in {
    "create": create, "link": link, "unlink the hand file": lambda: os.unlink(HAND),
    "unlink the socket": lambda: os.unlink(SOCKET),
    "replace the hand file": lambda: replace(HAND), "replace the socket": lambda: replace(SOCKET),
    "rename the directory": lambda: os.rename(ROOT, "/run/other"),
    "remove the directory": lambda: os.rmdir(ROOT),
    "change the mode": lambda: os.chmod(ROOT, 0o777),
    "change the library": poison,
}.items():
    try:
        action()
        said[name] = "done"
    except OSError as error:
        said[name] = repr(error)
node.emit(said)
"""

GROWING_HAND = """
import os, time
hand = os.open(os.environ["ERLUST_HAND"], os.O_WRONLY)
if node.args == "stretch":
    os.truncate(os.environ["ERLUST_HAND"], 1 << 30)
while node.args == "write":
    os.write(hand, bytes(1 << 20))
time.sleep(60)
"""

LYING_HAND = """
import os, struct
def handle(item):
    hand = os.open(os.environ["ERLUST_HAND"], os.O_RDWR)
    os.pwrite(hand, struct.pack("<QQ", 2**63 + 5, 2**63 - 1), 0)
    try:
        os.ftruncate(hand, 3)
    finally:
        os._exit(9)
"""

BREAKS_PROTOCOL = """
import os, socket, stat, time
mine = [each for each in range(3, 64)
        if os.path.exists(f"/proc/self/fd/{each}") and stat.S_ISSOCK(os.fstat(each).st_mode)]
more = []
for _ in range(100):
    more.append(socket.socket(socket.AF_UNIX))
    more[-1].setblocking(False)
    try:
        more[-1].connect(os.environ["ERLUST_SOCKET"])
    except OSError:
        pass
for each in mine:
    socket.socket(fileno=each).sendall(b"x" * (4 << 20))
time.sleep(60)
"""

# Clears the parent-death signal of its sandbox's process 1 and a variable; leaves a process behind.
TRACES_PROCESS_1 = """
import ctypes, os, time
C = ctypes.CDLL(None, use_errno=True)
C.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ATTACH, DETACH, STEP, GETREGS, SETREGS, WALL = 16, 17, 9, 12, 13, 0x40000000
PRCTL, SET_PDEATHSIG, NONE = 157, 1, 2**64 - 1
NAMES = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
         "fs_base gs_base ds es fs gs")

class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES.split()]

def trace(request, registers=None):
    if C.ptrace(request, 1, None, registers and ctypes.addressof(registers)) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")

def clear_signal():
    was = Registers()
    trace(ATTACH)
    os.waitpid(1, WALL)
    trace(GETREGS, was)
    call = Registers.from_buffer_copy(was)  # where it waits, there is a syscall instruction
    call.rip, call.rax, call.orig_rax = was.rip - 2, PRCTL, NONE
    call.rdi, call.rsi = SET_PDEATHSIG, 0
    trace(SETREGS, call)
    trace(STEP)
    os.waitpid(1, WALL)
    trace(GETREGS, call)
    was.rip, was.rax, was.orig_rax = was.rip - 2, was.orig_rax, NONE
    trace(SETREGS, was)
    return call.rax == 0

def clear_variable():
    with open("/proc/1/maps") as lines:
        stack = next(line for line in lines if "[stack]" in line).split()[0]
    first, last = (int(each, 16) for each in stack.split("-"))
    with open("/proc/1/mem", "r+b", 0) as memory:
        memory.seek(first)
        at = memory.read(last - first).find(b"ERLUST_SOCKET=")
        if at >= 0:
            memory.seek(first + at)
            memory.write(b"X")

try:
    traced = clear_signal()
    clear_variable()
    trace(DETACH)
except OSError as error:
    traced = repr(error)
if os.fork() == 0:
    os.setsid()
    os.closerange(0, 64)
    os.execve("/bin/sleep", ["sleep", "60"], {})
node.emit(traced)
time.sleep(node.args)
"""

# Each node writes megabytes to stderr before it says hello.
LOUD_START = {"env": {"LD_DEBUG": "all"}, "num_of_nodes": 8,
              "source": "import time; time.sleep(600)",
              "restart": {"intensity": 1000, "shutdown_ms": 400}}

PROCESS_ATTACKS = [
    Attack("fork bomb", FORK_BOMB, lasts=True, judge=bounded_processes),
    Attack("64 busy threads", THREADS, lasts=True, judge=cancelled("cancelled", "killed")),
    Attack("double fork with setsid", DOUBLE_FORK, judge=done),
    Attack("ignores SIGTERM", IGNORES_TERM, lasts=True, judge=cancelled("killed")),
    Attack("grandchild holds the pipe", HOLDS_PIPE, judge=last_words("exit 7", "my last words")),
]
if platform.machine() == "x86_64":
    PROCESS_ATTACKS.append(Attack("traces its sandbox's process 1", TRACES_PROCESS_1,
                                  job={"args": 0.5}, judge=done))

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MEMORY_ATTACKS = [
    Attack("memory bomb", MEMORY_BOMB, judge=failed("out_of_memory"), by_cgroup=True),
    Attack("10 GB in /tmp", FILL, job={"args": "/tmp"}, judge=refused(FULL, SCRATCH_BYTES)),
    Attack("10 GB in /dev/shm", FILL, job={"args": "/dev/shm"},
           judge=refused(FULL, SCRATCH_BYTES)),
    Attack("scratch is memory", FILL, by_cgroup=True, judge=failed("out_of_memory"),
           job={"args": "/tmp", "limits": {"memory_bytes": 96 * MIB}}),
    Attack("300,000 files", MANY_FILES, judge=survived),
]

OUTPUT_ATTACKS = [
    Attack("yes", YES, lasts=True, judge=cancelled("cancelled", "killed")),
    Attack("1 GB line", LONG_LINE, job={"args": 1024}, short={"args": 64}, judge=done),
    Attack("garbage", GARBAGE, judge=last_words("exit 3", "last words")),
]

FILE_ATTACKS = [
    Attack("open files", OPEN_FILES_BOMB, judge=refused((errno.EMFILE,), OPEN_FILES)),
    Attack("/run/erlust", OWN_DIRECTORY, judge=own_files_only),
    Attack("grows its hand file", GROWING_HAND, job={"args": "write"}, judge=not_grown),
    Attack("stretches its hand file", GROWING_HAND, job={"args": "stretch"}, judge=not_grown),
    Attack("lying hand file", LYING_HAND, job={"queue": "lies"}, judge=survived),
    Attack("breaks the protocol", BREAKS_PROTOCOL, judge=broken_protocol),
]
