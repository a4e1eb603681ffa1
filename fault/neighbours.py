"""Programs that isolation.py submits beside the one that attacks (inside.py)."""

VICTIM = """
import os
secret = os.environ["SECRET"]
with open("secret", "w") as file:
    file.write(secret)
held = secret.encode() * 2
node.progress(1, note=str(id(held)))
node.q_get()
"""

TRIES_NETWORK = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 1)
except OSError as error:
    print("refused:", error)
"""

# Where a job can write, in the names that others might trip over.
POISON = """
import os, sysconfig
NAMES = ["sitecustomize.py", "usercustomize.py", "json.py", "erlust_node.py", ".profile",
         ".pythonrc", "python3", "secret"]
places = ["/tmp", "/dev/shm", "/run/erlust", "/run/erlust/lib", "/run", "/etc", "/",
          sysconfig.get_path("purelib"), os.path.expanduser("~/.local/lib/python3/site-packages")]
wrote = []
for place in places:
    for name in NAMES:
        try:
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/{name}", "x") as file:
                file.write("raise SystemExit('poisoned')")
            wrote.append(f"{place}/{name}")
        except OSError:
            pass
node.emit(wrote)
"""

VIEW = """
import hashlib, os
seen = {"environment": dict(os.environ), "hostname": os.uname().nodename}
for directory, directories, names in os.walk("/"):
    directories[:] = [each for each in directories
                      if os.path.join(directory, each) not in ("/proc", "/sys", "/usr", "/dev/pts")]
    for name in directories + names:
        path = os.path.join(directory, name)
        state = os.lstat(path)
        kind = oct(state.st_mode), os.readlink(path) if os.path.islink(path) else ""
        seen[path] = [*kind]
        if os.path.isfile(path) and state.st_size < 1 << 18 and "/lib/python3" not in path:
            try:
                with open(path, "rb") as file:
                    text = file.read().replace(str(os.getuid()).encode(), b"UID")
                seen[path].append(hashlib.sha256(text).hexdigest())
            except OSError as error:
                seen[path].append(error.errno)
node.emit(seen)
"""

PLANT = r"""
import os, socket
victim = node.args
os.mkdir("deep")
directory = os.open("deep", os.O_RDONLY)
for _ in range(400):
    os.mkdir("d", dir_fd=directory)
    directory = os.open("d", os.O_RDONLY, dir_fd=directory)
for name in (b"link", b"-rf", b"..link", b"a\nb", b"\xff\xfe", b"hand", b"sock"):
    try:
        os.symlink(victim, name)
    except OSError:
        pass
os.symlink(victim + "/secret", "file")
os.symlink("link", "chain")
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
os.mkdir("closed")
os.symlink(victim, "closed/link")
os.chmod("closed", 0)
try:
    os.link(victim + "/secret", "hard")
except OSError:
    pass
for name in ("work", "../work", "n1"):
    try:
        os.rename("closed", name)
    except OSError:
        pass
node.emit("planted")
"""
