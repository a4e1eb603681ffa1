"""How a hostile job must end. Each of these judges an outcome (see hostile.py): it raises if that
is another one."""

import errno

from harness import check

PROCESSES = 128  # a job's default
STDERR_BYTES = 1024


def cancelled(*exits):
    """It ran until it was cancelled, and one of `exits` tells how."""
    def judge(outcome):
        check(outcome.state == "cancelled" and outcome.exit in exits, outcome.described(exits))
    return judge


def failed(exit):
    """Its node ended so, and with it the job: it has no restarts."""
    def judge(outcome):
        check(outcome.state == "failed" and outcome.exit == exit, outcome.described(exit))
        check(exit in (outcome.job["reason"] or ""),
              f"the reason does not tell {exit}: {outcome.job['reason']}")
    return judge


def refused(codes, most):
    """The kernel refused it, with one of these error numbers, when it had at most so much."""
    def judge(outcome):
        check(outcome.state == "completed", outcome.described("completed"))
        code, had = outcome.results[0]
        check(code in codes, f"expected an error of {[errno.errorcode[each] for each in codes]}, "
                             f"got {errno.errorcode.get(code, code)} at {had}")
        check(had <= most, f"it had {had:,} before it was refused, {most:,} are allowed")
    return judge


def bounded_processes(outcome):
    cancelled("cancelled", "killed")(outcome)
    check(outcome.most_processes <= PROCESSES + 8,  # those of the sandbox itself
          f"it had {outcome.most_processes} processes at once, {PROCESSES} are allowed")


def last_words(exit, text):
    def judge(outcome):
        failed(exit)(outcome)
        stderr = outcome.stderr or ""
        check(text in stderr, f"stderr of the node is {stderr!r}, without {text!r}")
        check(len(stderr.encode()) <= STDERR_BYTES, f"{len(stderr)} characters of stderr are told")
    return judge


def done(outcome):
    check(outcome.state == "completed" and outcome.exit == "normal",
          outcome.described("completed, normal"))


def own_files_only(outcome):
    done(outcome)
    could = [name for name, said in outcome.results[0].items() if said == "done"]
    check(not could, f"in /run/erlust it could {could}: {outcome.results[0]}")


def broken_protocol(outcome):
    check(outcome.state == "failed" and str(outcome.exit).startswith("protocol: "),
          outcome.described("protocol: …"))


def not_grown(outcome):
    """Refused by the kernel, or found by the server."""
    exit = str(outcome.exit)
    check(outcome.state == "failed" and ("protocol: " in exit or exit in ("exit 1", "signal 25")),
          outcome.described("protocol: …, or a refusal"))


def survived(outcome):
    """Whatever became of the node: its lies hurt nobody else."""
    check(outcome.state in ("failed", "completed"), outcome.described("an end"))
