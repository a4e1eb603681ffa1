"""Applications that answer callbacks badly, slowly, or not at all (faults F13, F14, F15).

The delays of the documented schedule are read from the delivery log, and waited for in full runs
only; short ones send by hand, which the documentation says goes at once.
"""

import time
from datetime import datetime

from callback_hosts import (HALF, OK, Host, drip, endless, hang, paired, reset_after, slowly,
                            status)
from fault import Fault
from harness import await_that, check
from receiver import Receiver
from scene import Scene

SECRET = "a secret of this run"
ALLOWED = ("--allow-callback", "127.0.0.1")
# Until a well host has its callback, whatever others do: short and in full. Short runs are played
# beside others on a busy machine; still it is less than a place is held by a host that hangs.
TOLD_SECONDS = 10, 3
SETTLED_SECONDS = 60  # until what nobody has to hurry with is seen
DEADLINE_SECONDS = 20  # of an attempt
FIRST_DELAY = (2.5, 7.5)  # 5 s, spread by a half
SECOND_DELAY_MOST = 45  # 30 s and a half
DAY = 86_400
SLACK_SECONDS = 2
ANSWER_BYTES = 64 << 10
SOCKET_BYTES_MOST = 12 << 20  # what the kernel's buffers may have taken from a writer besides
PER_HOST = 4
BROKEN = (None, "complete answer", *FIRST_DELAY)


def bad_answers(elsewhere):
    """{name: (answer, (the log's status, words of its error, delay at least, at most))}"""
    def redirect(code):
        return status(code, Location=elsewhere), (code, "redirects", *FIRST_DELAY)

    def failure(code, least=FIRST_DELAY[0], most=FIRST_DELAY[1], **headers):
        return status(code, **headers), (code, str(code), least, most)

    return {
        "redirect-302": redirect(302),
        "redirect-307": redirect(307),
        "redirect-308": redirect(308),
        "unauthorized": failure(401, WWW_Authenticate="Basic realm=x"),
        "not-found": failure(404),
        "error": failure(500, Retry_After="9"),  # only counts where it is documented
        "bad-gateway": failure(502),
        "too-many": failure(429, 9, 9, Retry_After="9"),
        "too-many-for-ever": failure(429, DAY, DAY, Retry_After="999999999"),
        "too-many-nonsense": failure(429, Retry_After="-1"),
        "unavailable": failure(503, 120, 120, Retry_After="120"),
        "unavailable-no-wait": failure(503, Retry_After="0"),
        "reset-in-body": (reset_after(HALF), BROKEN),
        "reset-in-head": (reset_after(b"HTTP/1.1 204 N"), BROKEN),
        "reset-at-once": (reset_after(b""), BROKEN),
        "not-http": (reset_after(b"220 mail is ready\r\n\r\n"), BROKEN),
    }


class Story:
    """A scene of hosts, a well one among them, and jobs that call back."""

    def __init__(self, scene, app):
        self.scene, self.api, self.app = scene, scene.api, app
        self.hosts = []

    def host(self, *answers, listens=True):
        self.hosts.append(Host(self.app, *answers, listens=listens))
        return self.hosts[-1]

    def close(self):
        while self.hosts:
            self.hosts.pop().close()

    def job(self, name, url):
        """Has one callback, of its end, and needs no process."""
        self.api.submit({"id": name, "when": "manual", "source": "pass", "callback_url": url,
                         "security_hash": SECRET})
        self.api.cancel(name)

    def log(self, name):
        return self.api.get(f"/v1/jobs/{name}/callbacks?limit=1000")["callbacks"]

    def entry(self, name, is_it, seconds=SETTLED_SECONDS):
        """The job's only callback, when it is as wanted."""
        def found():
            log = self.log(name)
            return log[0] if log and is_it(log[0]) else None
        return await_that(found, lambda: f"{name}'s callback: {self.log(name)}", seconds, 0.05)

    def delivered(self, name, seconds=SETTLED_SECONDS):
        return self.entry(name, lambda entry: entry["state"] == "delivered", seconds)

    def failed(self, name, attempts=1, seconds=SETTLED_SECONDS):
        return self.entry(name, lambda entry: entry["attempts"] >= attempts
                          and "last_error" in entry, seconds)

    def by_hand(self, name):
        self.api.post(f"/v1/jobs/{name}/callbacks/1/retry")

    def well_is_told(self, name):
        """A job of the well host is told at once. Returns after how many seconds."""
        began = time.monotonic()
        self.job(name, self.app.url)
        self.delivered(name, TOLD_SECONDS[0 if self.scene.short else 1])
        return time.monotonic() - began


def story(name, play):
    def run(options):
        with Receiver(SECRET) as app, Scene(name, options, ALLOWED) as scene:
            told = Story(scene, app)
            try:
                scene.start()
                figures = play(told)
                told.close()  # a stopping server lets its attempts end, for some seconds
                check(not app.changed(), f"not the same bytes each time: {app.changed()}")
                check(not app.badly_signed, f"{app.badly_signed} callbacks were badly signed")
                scene.quiet()
                return {**figures, "posts": app.posts}
            finally:
                told.close()
    return run


def delay(entry):
    """The seconds from now until the next attempt, as the delivery log says."""
    return datetime.fromisoformat(entry["next_at"].replace("Z", "+00:00")).timestamp() - time.time()


def check_delay(entry, least, most, since):
    """`since`: no attempt can have ended before."""
    age = time.monotonic() - since
    left = delay(entry)
    check(least - age - 0.1 <= left <= most + 0.1, f"expected an attempt {least} to {most} s after "
          f"the last one, the next is in {left:.2f} s: {entry}")


def answers(told):
    """Everything but a 2xx, each from a host of its own; then 204."""
    trap = told.host(OK)
    cases = bad_answers(trap.url)
    hosts = {name: told.host(answer, OK) for name, (answer, _) in cases.items()}
    told.job("no-tls", told.host(OK).url.replace("http:", "https:"))
    for name, (_, (code, why, least, most)) in cases.items():
        began = time.monotonic()
        told.job(name, hosts[name].url)
        entry = told.failed(name)  # looked at now: the next attempt may be 2.5 s away
        check(entry.get("last_status") == code and why in entry["last_error"],
              f"{name}: expected {code} and an error with {why!r}, got {entry}")
        check_delay(entry, least, most, began)
    check(told.failed("no-tls")["last_error"], f"no TLS there: {told.log('no-tls')}")
    read = _endless(told)
    _throttled(told, hosts["unavailable"])
    _gone(told)
    well = told.well_is_told("well")
    if not told.scene.short:
        _by_schedule(hosts["too-many"], 9, 9)
        _by_schedule(hosts["reset-in-body"], *FIRST_DELAY)
    for name in cases:
        told.by_hand(name)
    for name, host in hosts.items():
        told.delivered(name)
        ids = [one for _, one in host.posts]
        check(ids.count(ids[0]) > 1, f"{name}: a second attempt has another webhook-id: {ids}")
    check(not trap.posts, f"a redirect was followed: {trap.posts}")
    return {"answers": len(cases) + 3, "read of an endless one": read,
            "well host told after ms": round(1000 * well)}


def _endless(told):
    """64 KiB are read, and the status counts. Returns how many bytes went on their way."""
    taken = []
    told.job("endless", told.host(endless(taken)).url)
    told.delivered("endless")
    await_that(lambda: taken, "the endless answer to be cut", SETTLED_SECONDS)
    check(ANSWER_BYTES <= taken[0] < SOCKET_BYTES_MOST, f"{taken[0]} bytes of an answer were read")
    return taken[0]


def _throttled(told, host):
    """Another job does not call a host that asked to be left alone."""
    told.job("also-unavailable", host.url)
    told.entry("also-unavailable", lambda entry: entry["state"] == "pending")
    time.sleep(0.3)
    check(len(host.posts) == 1, f"a host was called that asked for 120 s of rest: {host.posts}")


def _gone(told):
    """After a 410 no callback of the job comes, until one is sent by hand."""
    host = told.host(status(410), OK)
    told.api.submit({"id": "gone", "source": "for n in range(250):\n    node.emit(n)\n",
                     "callback_url": host.url, "security_hash": SECRET})
    told.api.await_end("gone", 30)

    def all_undelivered():
        log = told.log("gone")
        return all(entry["state"] == "undelivered" for entry in log) and log
    log = await_that(all_undelivered, lambda: f"its callbacks to be given up: {told.log('gone')}",
                     SETTLED_SECONDS)
    time.sleep(0.5)  # longer than results wait for others
    check(log[0]["last_status"] == 410, f"the log does not say 410: {log[0]}")
    check(len(host.posts) == 1, f"{len(host.posts) - 1} callbacks came after a 410")
    told.by_hand("gone")

    def is_told():
        last = told.log("gone")[-1]
        return last["type"] == "job.completed" and last["state"] == "delivered"
    await_that(is_told, lambda: f"its end, after a sending by hand: {told.log('gone')}",
               SETTLED_SECONDS)


def _by_schedule(host, least, most):
    """The second attempt comes by itself, when the log says."""
    await_that(lambda: len(host.posts) > 1, "the second attempt", most + SLACK_SECONDS)
    gap = host.posts[1][0] - host.posts[0][0]
    check(least - 0.1 <= gap <= most + SLACK_SECONDS, f"the second attempt came after {gap:.1f} s")


def slow(told):
    """Hosts that take for ever; a well one beside them is told at once."""
    hosts = 6 if told.scene.short else 40  # more than half of all 64 slots
    kinds = [hang, drip(1 if told.scene.short else 10)]
    sick = [told.host(kinds[n % 2], OK) for n in range(hosts)]
    told.well_is_told("well")  # who has answered keeps its places
    busy = told.host(slowly(0.1), slowly(0.1), paired(0.1))
    _crowd(told, busy, "before", 2)
    jobs = [f"slow-{n}{again}" for again in ("", "-too") for n in range(hosts)]
    for n, name in enumerate(jobs):
        told.job(name, sick[n % hosts].url)
    called = min(hosts, 32)
    await_that(lambda: sum(bool(host.posts) for host in sick) >= called,
               "the slow hosts to be called", DEADLINE_SECONDS)
    well = [told.well_is_told(f"well-{n}") for n in range(10)]
    crowd = _crowd(told, busy, "crowd", 20)
    gaps = [host.posts[1][0] - host.posts[0][0] for host in sick if len(host.posts) > 1]
    check(all(gap > DEADLINE_SECONDS - SLACK_SECONDS for gap in gaps),
          f"a host that has not answered got a second after {gaps} s")
    figures = {"slow hosts": hosts, "well host told after ms": f"at most {1000 * max(well):.0f}",
               "at once to a host": crowd}
    return figures if told.scene.short else {**figures, **_given_up(told, jobs, sick, called)}


def _given_up(told, jobs, sick, called):
    """Each attempt ends at its deadline; when the hosts are well again, all are told."""
    given_up = []
    for n, host in enumerate(sick):
        if len(given_up) < called and host.posts:
            entry = told.failed(jobs[n], seconds=DEADLINE_SECONDS + SLACK_SECONDS)
            check("within 20000 ms" in entry["last_error"], f"given up, but not for time: {entry}")
            given_up.append(time.monotonic() - host.posts[0][0])
    check(max(given_up) <= DEADLINE_SECONDS + SLACK_SECONDS, f"given up after {given_up} s")
    for name in jobs:
        await_that(lambda: told.log(name), "the log's entry", SETTLED_SECONDS)
        told.by_hand(name)
    for name in jobs:
        told.delivered(name, 2 * DEADLINE_SECONDS + 10)
    return {"given up": len(given_up), "after s": f"at most {max(given_up):.1f}"}


def _crowd(told, host, name, jobs):
    """A host that answers after 100 ms gets its callbacks four at a time. Returns how many."""
    before = len(host.posts)
    for n in range(jobs):
        told.job(f"{name}-{n}", host.url)
    for n in range(jobs):
        told.delivered(f"{name}-{n}")
    check(host.most_at_once <= PER_HOST, f"{host.most_at_once} callbacks at once to a host")
    check(jobs < PER_HOST or host.most_at_once > 1, f"{jobs} callbacks went one after the other")
    check(len(host.posts) - before == jobs, f"{len(host.posts) - before} posts of {jobs} callbacks")
    return host.most_at_once


def down(told):
    """A host refuses connections for long, over a death of the server; then it is there again."""
    scene = told.scene
    host = told.host(slowly(0.02), listens=False)
    names = [f"down-{n}" for n in range(20 if scene.short else 60)]
    began = time.monotonic()
    told.job(names[0], host.url)
    first = told.failed(names[0])  # looked at now: the next attempt may be 2.5 s away
    check("no connection" in first["last_error"], f"the log does not say why: {first}")
    check_delay(first, *FIRST_DELAY, began)
    for name in names[1:]:
        told.job(name, host.url)
    well = [told.well_is_told(f"well-{n}") for n in range(5)]
    if not scene.short:
        for n in range(6):
            time.sleep(10)
            well.append(told.well_is_told(f"well-later-{n}"))
    tried = [name for name in names for entry in told.log(name) if entry["attempts"]]
    attempts = sum(entry["attempts"] for name in tried for entry in told.log(name))
    check(attempts <= len(names), f"{attempts} attempts of {len(names)} callbacks to a dead host")
    scene.kill_server()
    host.listen()
    scene.start()
    by_hand = tried if scene.short else []
    for name in by_hand:
        told.by_hand(name)
    for name in names:
        told.delivered(name, SECOND_DELAY_MOST + 60)
    ends = [job for job, _ in told.app.ends() if job in names]
    check(sorted(ends) == sorted(names), f"told of: {sorted(ends)}")
    check(host.most_at_once <= PER_HOST, f"{host.most_at_once} callbacks at once, once it was up")
    check(len(names) <= len(host.posts) <= len(names) + len(by_hand),
          f"{len(host.posts)} posts of {len(names)} callbacks, {len(by_hand)} sent by hand")
    return {"callbacks": len(names), "attempts while down": attempts,
            "at once when up": host.most_at_once,
            "well host told after ms": f"at most {1000 * max(well):.0f}"}


SAME = ("; the same webhook-id and bytes each time; a well host is told within 3 s meanwhile "
        "(short: 10 s)")
FAULTS = [
    Fault("callback-answers",
          "3xx, 401, 404, 410, 429 and 503 with Retry-After, 500, RST in the middle, no TLS, "
          "endless body",
          "each does what the documentation says, and delays so long; no redirect is followed; 410 "
          "ends the job's callbacks" + SAME, story("callback-answers", answers), aside=True),
    Fault("callback-slow", "hosts that never answer, or a byte at a time",
          "one attempt at a time each; given up at 20 s (in full)" + SAME,
          story("callback-slow", slow), aside=True),
    Fault("callback-down", "a host refuses connections, over a kill -9 of the server; then is up",
          "few attempts meanwhile; all told once it is up, each once, at most 4 at a time" + SAME,
          story("callback-down", down), aside=True),
]
