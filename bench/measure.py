"""Samples and what is said about them."""

import os
import statistics
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fault"))

# A table of results: rows of texts under columns, and sentences about them.
Table = namedtuple("Table", "title columns rows notes")


def spread(samples, form="{:,.0f}"):
    """[median, min, max] as texts."""
    return [form.format(value)
            for value in (statistics.median(samples), min(samples), max(samples))]


def ratio(samples, base):
    """The median of the ratios of samples that were taken side by side."""
    return statistics.median(one / other for one, other in zip(samples, base))


def verdict(name, value, most, unit=""):
    """A sentence about a target of the form `value` at most `most`."""
    word = "met" if value <= most else "MISSED"
    return f"{name}: {value:,.2f}{unit}, target at most {most:,.2f}{unit}: {word}."


def real_python():
    """The interpreter that nodes run, as the server finds it: the first python3 of the PATH (it may
    be a shim) that other users can reach too, if this is root."""
    for directory in os.get_exec_path():
        candidate = Path(directory) / "python3"
        if candidate.is_file():
            found = subprocess.run([candidate, "-c", "import sys; print(sys.executable)"],
                                   check=True, capture_output=True, text=True)
            executable = Path(found.stdout.strip())
            if os.getuid() != 0 or all(parent.stat().st_mode & 1 for parent in executable.parents):
                return str(executable)
    raise FileNotFoundError("there is no python3 that nodes can run")


def seconds_of(words, **options):
    """How long a command takes from its start to its end."""
    started = time.monotonic()
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, **options)
    return time.monotonic() - started
