"""The few calls of Erlust's HTTP API that this example needs."""

import json
import os
import time
import urllib.error
import urllib.request
from urllib.parse import quote

SUBMIT_BYTES_MAX = 16 << 20  # the server's limit of a job, its source and args included
TRIES = 6


class ApiError(Exception):
    """What went wrong, and what to do about it."""


class Unreachable(ApiError):
    """Nobody answers there, at least not now."""


class Erlust:
    def __init__(self, url, token):
        self.url = url.rstrip("/")
        self.token = token

    def submit(self, job):
        """Sends a job. Trying again is safe: the same id with the same content is the same job."""
        body = json.dumps({"job": job}).encode()
        if len(body) > SUBMIT_BYTES_MAX:
            raise ApiError(f"job {job['id']} has {len(body):,} bytes with its contacts, and the "
                           f"server takes {SUBMIT_BYTES_MAX:,}: use fewer contacts")
        for pause_seconds in [0.5 * 2 ** n for n in range(TRIES)]:
            try:
                return json.loads(self.call("POST", "/v1/jobs", body))
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503):
                    raise ApiError(explained(error, job)) from error
                asked = error.headers.get("Retry-After") or ""
                time.sleep(min(int(asked), 30) if asked.isdigit() else pause_seconds)
        raise ApiError(f"the server at {self.url} is too busy to take job {job['id']}; try later")

    def job(self, job_id):
        return json.loads(self.get(f"/v1/jobs/{quote(job_id)}"))

    def results(self, job_id):
        """All results of a job as (seq, value), page by page."""
        after = 0
        while True:
            page = self.get(f"/v1/jobs/{quote(job_id)}/results?after={after}&limit=1000")
            results = [json.loads(line) for line in page.splitlines() if line.strip()]
            if not results:
                return
            for result in results:
                yield result["seq"], result["value"]
            after = results[-1]["seq"]

    def callbacks(self, job_id):
        """The delivery log, as text: for a person to read when callbacks don't arrive."""
        return self.get(f"/v1/jobs/{quote(job_id)}/callbacks").decode()

    def logs(self, job_id):
        """The last lines that the job's nodes wrote."""
        return "\n".join(self.get(f"/v1/jobs/{quote(job_id)}/logs").decode().splitlines()[-20:])

    def cancel(self, job_id):
        self.request("POST", f"/v1/jobs/{quote(job_id)}/cancel")

    def get(self, path):
        return self.request("GET", path)

    def request(self, method, path):
        try:
            return self.call(method, path)
        except urllib.error.HTTPError as error:
            raise ApiError(explained(error)) from error

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except OSError as error:  # URLError, and connections that break later
            reason = getattr(error, "reason", error)
            raise Unreachable(f"no Erlust answers at {self.url} ({reason}). "
                              "Start one with: erlust serve") from error


def explained(error, job=None):
    """An HTTP error in words, from its problem document (RFC 9457) if it has one."""
    text = error.read().decode("utf-8", "replace")
    if error.code == 401:
        return ("the server refuses the token (401): give --token-file DATA/admin.token of the "
                "server's data directory, or set ERLUST_TOKEN")
    try:
        problem = json.loads(text)
        said = ": ".join(str(problem[key]) for key in ("title", "detail") if problem.get(key))
        said += "".join(f"\n  {key}: {problem[key]}" for key in ("pointer", "expected", "got")
                        if problem.get(key))
    except (ValueError, TypeError, AttributeError):
        said = text[:500]
    words = f"the server answers {error.code} {said or error.reason}"
    if job and "callback" in text:
        words += "\n" + callback_hint(job["callback_url"].split("/")[2])
    return words


def callback_hint(address):
    port = address.split(":")[-1]
    return (f"Erlust calls back only where it may. Start the server with\n"
            f"    erlust serve --allow-callback {address}\n"
            f"and this program with --callback-port {port}")


def read_token(path):
    """From a file, or from the environment."""
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        except OSError as error:
            raise ApiError(f"can't read the token: {error}") from error
    if os.environ.get("ERLUST_TOKEN"):
        return os.environ["ERLUST_TOKEN"].strip()
    raise ApiError("no token: give --token-file DATA/admin.token, or set ERLUST_TOKEN")
