"""What a hostile program tries from inside a node. isolation.py submits this file as a job's
source; its one result tells of each attempt what it got, or why not.

Nothing here harms a victim: it reads, and what it can open for writing or create is left as it was.
What could harm is tried only by a user who is not root. `node.args["attempts"]` names those to
make; null: all.
"""

import ctypes
import grp
import os
import pwd
import socket
import stat
import subprocess

C = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET = 0x10000000, 0x00020000, 0x40000000
PTRACE_SEIZE, PTRACE_DETACH = 0x4206, 17
SCRATCH = ("/tmp", "/dev/shm")
MOST = 40  # of a list that is told
ARGS = node.args  # noqa: F821 (there without an import)
ANSWER_SECONDS = ARGS["answer_seconds"]
CANARY = ARGS["canary"]


def attempts():
    """Each attempt: its name, and a function that returns what it got; nothing is [] or None."""
    return {
        "files of the host": lambda: readable(ARGS["files"]),
        "directories of the host": lambda: listed(ARGS["directories"]),
        "files with the canary": files_with_canary,
        "environment of others": environments,
        "processes of others": processes,
        "memory of others": memory,
        "signals to others": lambda: reached(ARGS["pids"], lambda pid: os.kill(pid, 0)),
        "open files of its parents": open_files,
        "places to write": places_to_write,
        "files to write": files_to_write,
        "settings of the kernel": kernel_settings,
        "devices": devices,
        "users of the host": users,
        "shared memory of the host": shared_memory,
        "terminal": lambda: tried(lambda: os.close(os.open("/dev/tty", os.O_RDWR))),
        "TCP": lambda: reached(ARGS["tcp"], connect),
        "UDP": lambda: reached(ARGS["udp"], send),
        "abstract sockets": lambda: reached(ARGS["abstract"], lambda name: local("\0" + name)),
        "sockets in files": lambda: reached(ARGS["sockets"], local),
        "names": lambda: tried(lambda: socket.getaddrinfo("example.com", 80)),
        "interfaces": lambda: [name for _, name in socket.if_nameindex() if name != "lo"],
        "raw sockets": lambda: tried(lambda: socket.socket(
            socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()),
        "namespaces": namespaces,
        "mounts": mounts,
        "privileges": privileges,
        "the root user": root_user,
        "a better place in the out-of-memory order": oom_order,
    }


def tried(call):
    """["done"] if a call succeeds, [] if the system refuses it."""
    try:
        call()
        return ["done"]
    except OSError:
        return []


def reached(targets, call):
    return [target for target in targets if tried(lambda: call(target))]


def readable(paths):
    def read(path):
        with open(path, "rb") as file:
            file.read(1)
    return reached(paths, read)


def listed(paths):
    return reached(paths, os.listdir)


def files_with_canary():
    found = []
    for directory, _, names in os.walk("/"):
        if directory.startswith(("/proc", "/sys", "/usr/")) or "/lib/python3" in directory:
            continue
        for name in names:
            path = os.path.join(directory, name)
            try:
                if stat.S_ISREG(os.lstat(path).st_mode) and CANARY in text(path):
                    found.append(path)
            except OSError:
                pass
    return found


def text(path):
    with open(path, "rb") as file:
        return file.read(1 << 20).decode("latin-1")


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def environments():
    found = []
    for pid in {*pids(), *ARGS["pids"]}:
        for name in ("environ", "cmdline", "cgroup", "maps"):
            try:
                if CANARY in text(f"/proc/{pid}/{name}"):
                    found.append(f"/proc/{pid}/{name}")
            except OSError:
                pass
    return found


def processes():
    """Other programs' processes: all but this one, and those that hold the sandbox."""
    found = []
    for pid in pids():
        try:
            words = text(f"/proc/{pid}/cmdline").split("\0")
        except OSError:
            continue
        if pid != os.getpid() and not os.path.basename(words[0]) == "bwrap":
            found.append(f"{pid} {' '.join(words)[:80]}")
    return found[:MOST]


def memory():
    """Of the host's processes, under the host's pids: for some it is known where the canary is."""
    found = []
    for pid in ARGS["pids"]:
        if C.ptrace(PTRACE_SEIZE, pid, None, None) == 0:
            C.ptrace(PTRACE_DETACH, pid, None, None)
            found.append(f"ptrace {pid}")
        if tried(lambda: os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY))):
            found.append(f"/proc/{pid}/mem")
    return found + [f"process_vm_readv {pid}" for pid, address in ARGS["addresses"]
                    if CANARY.encode() in read_memory(pid, address)]


class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def read_memory(pid, address):
    buffer = ctypes.create_string_buffer(256)
    here, there = Span(ctypes.addressof(buffer), 256), Span(address, 256)
    C.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return buffer.raw


def open_files():
    """What this process, or one that holds the sandbox, has open beyond its output and socket."""
    found = []
    for pid in pids():
        directory = f"/proc/{pid}/fd"
        try:
            numbers = os.listdir(directory)
        except OSError:
            continue
        for number in numbers:
            try:
                target = os.readlink(f"{directory}/{number}")
            except OSError:
                continue
            usual = directory, "/dev/null", "/run/erlust/hand"
            if target.startswith("/") and target not in usual:
                found.append(f"{pid}: {target}")
    own = [each for each in os.listdir("/proc/self/fd") if is_socket(int(each))]
    return found + (["more than one socket"] if len(own) > 1 else [])


def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def places_to_write():
    """Directories outside the scratch where a file can be made: all there are, and every mount."""
    with open("/proc/self/mountinfo") as lines:
        mounted = [line.split()[4] for line in lines]
    every = [directory for directory, _, _ in os.walk("/")
             if not directory.startswith(("/proc/", "/sys/"))]
    return [path for path in {*mounted, *every, "/proc", "/proc/sys", "/proc/self", "/sys"}
            if not is_scratch(path) and os.path.isdir(path) and can_create(path)][:MOST]


def is_scratch(path):
    return any(path == place or path.startswith(place + "/") for place in SCRATCH)


def can_create(directory):
    if not os.access(directory, os.W_OK) or os.getuid() == 0:
        return os.access(directory, os.W_OK)
    path = f"{directory}/erlust-isolation-{os.getpid()}"
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(path)
        return True
    except OSError:
        return False


def files_to_write():
    """Files outside the scratch, but its hand file, that could be written to."""
    found = []
    for directory, _, names in os.walk("/"):
        if directory.startswith(("/proc", "/sys", "/dev")) or is_scratch(directory):
            continue
        for name in names:
            path = os.path.join(directory, name)
            if os.access(path, os.W_OK) and not os.path.islink(path):
                found.append(path)
    expected = ("/run/erlust/hand", "/run/erlust/sock")
    return [path for path in found if path not in expected][:MOST]


def kernel_settings():
    paths = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
             "/proc/sys/vm/drop_caches", "/proc/kcore", "/proc/kmem",
             "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/dev/kmsg", "/dev/mem"]
    return [path for path in paths if os.access(path, os.W_OK)]


def devices():
    usual = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd",
             "stdin", "stdout", "stderr", "core", "console"}
    return sorted(set(os.listdir("/dev")) - usual)


def users():
    """Names beyond root, nobody and its own."""
    names = {each.pw_name for each in pwd.getpwall() if each.pw_uid != os.getuid()}
    names |= {each.gr_name for each in grp.getgrall() if each.gr_gid != os.getgid()}
    return sorted(names - {"root", "nobody", "nogroup"})[:MOST]


def shared_memory():
    return [text(f"/proc/sysvipc/{kind}").splitlines()[1:] for kind in ("shm", "sem", "msg")
            if len(text(f"/proc/sysvipc/{kind}").splitlines()) > 1]


def connect(address):
    with socket.create_connection(tuple(address), ANSWER_SECONDS):
        pass


def send(address):
    """Has an answer come back? Sending alone may succeed and go nowhere."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(ANSWER_SECONDS)
        udp.sendto(b"are you there?", tuple(address))
        udp.recvfrom(100)


def local(path):
    with socket.socket(socket.AF_UNIX) as unix:
        unix.settimeout(ANSWER_SECONDS)
        unix.connect(path)


def namespaces():
    """In a child each, which has nothing to lose."""
    kinds = {"user": CLONE_NEWUSER, "mount": CLONE_NEWNS, "network": CLONE_NEWNET}
    got = [kind for kind, flag in kinds.items() if in_child(lambda: C.unshare(flag) == 0)]
    return got + [pid for pid in ARGS["pids"] if in_child(lambda: joined(pid))]


def joined(pid):
    file = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    return C.setns(file, 0) == 0


def mounts():
    """Each in a child that first tries for a mount namespace of its own."""
    if os.getuid() == 0:
        return ["not tried: it is root"]

    def of(call):
        return in_child(lambda: (C.unshare(CLONE_NEWNS) or True) and call() == 0)
    found = ["tmpfs"] if of(lambda: C.mount(b"none", b"/tmp", b"tmpfs", 0, None)) else []
    if of(lambda: C.mount(None, b"/", None, 0x20 | 0x1000, None)):  # remount, bind: writable again
        found.append("remount")
    if of(lambda: C.umount2(b"/run/erlust/lib", 2)):
        found.append("umount")
    if in_child(lambda: C.mknod(b"/tmp/device", stat.S_IFBLK | 0o600, os.makedev(254, 0)) == 0):
        found.append("device")
    return found


def in_child(call):
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if call() else 1)
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def privileges():
    """What /proc/self/status tells that it must not."""
    with open("/proc/self/status") as lines:
        status = dict(line.rstrip("\n").split(":", 1) for line in lines)
    found = [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
             if int(status[name], 16)]
    if status["NoNewPrivs"].strip() != "1":
        found.append("NoNewPrivs")
    for name in ("Uid", "Gid"):
        if "0" in status[name].split():
            found.append(name)
    if "0" in status["Groups"].split():
        found.append("Groups")
    return found


def root_user():
    calls = {"setuid": lambda: os.setuid(0), "setgid": lambda: os.setgid(0),
             "setgroups": lambda: os.setgroups([0]), "chroot": lambda: os.chroot("/tmp")}
    return [name for name, call in calls.items() if in_child(lambda: (call(), True))]


def oom_order():
    now = int(text("/proc/self/oom_score_adj"))
    if now < 500:
        return [f"oom_score_adj {now}"]

    def better():
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(now - 1))
        return True
    return ["a better one"] if in_child(better) else []


def main():
    got, errors = {}, {}
    for name, attempt in attempts().items():
        if ARGS["attempts"] and name not in ARGS["attempts"]:
            continue
        try:
            got[name] = attempt() or []
        except OSError as error:
            got[name] = []
            errors[name] = repr(error)
    who = subprocess.run(["id"], capture_output=True, text=True).stdout.strip()
    node.emit({"got": got, "errors": errors, "who": who})  # noqa: F821
