"""The web application's side: merges the contacts that are one person, with Erlust's help.

It sends three jobs, and their code with them: `split` puts comparisons to a queue, `score` takes
them from there in several nodes at the same time, and `merge` makes people out of the matches. The
results come back as signed callbacks to a small HTTP server in here.
"""

import argparse
import base64
import secrets
import signal
import sys
import time
from pathlib import Path

from contacts import TRUTH_COLUMN, BadInput, load, quality, write_csv
from erlust_api import ApiError, Erlust, Unreachable, callback_hint, read_token
from report import Progress, closing_report
from webhooks import Inbox, Receiver

EXAMPLES = """examples:
  export ERLUST_TOKEN=$(cat DATA/admin.token)
  python3 app.py                                    5,000 generated contacts, 2 nodes
  python3 app.py --nodes 4 --all-pairs              each compared with each: 12 million
  python3 app.py my-contacts.csv --out merged.csv
  python3 app.py febrl.csv --truth-from rec_id      judge the merge by the rec_id column
  python3 app.py --callback-port 4371               with: serve --allow-callback 127.0.0.1:4371
"""
POLL_SECONDS = 0.25
SERVER_AWAY_SECONDS = 60  # a server may restart in between: its jobs go on
CALLBACK_LATE_SECONDS = 30
ENDED = ("completed", "failed", "cancelled")
HERE = Path(__file__).parent


def source_of(node_file):
    """What a job's nodes run: similarity.py and, behind it, the node's own file.

    In one text there is nothing to import from the other file, so that line is left out.
    """
    own = (HERE / node_file).read_text("utf-8").splitlines(keepends=True)
    shared = (HERE / "similarity.py").read_text("utf-8")
    return shared + "".join(line for line in own if not line.startswith("from similarity import"))


class Run:
    """The jobs of one merge: sends them, waits for their callbacks, collects their results."""

    def __init__(self, erlust, inbox, receiver, secret):
        self.erlust, self.inbox, self.receiver, self.secret = erlust, inbox, receiver, secret
        self.id = secrets.token_hex(4)
        self.jobs = []
        self.reached_at = time.monotonic()

    def submit(self, name, args, nodes=1, **more):
        job_id = f"contacts-{self.id}-{name}"
        self.erlust.submit({
            "id": job_id, "when": "now", "language": "python", "num_of_nodes": nodes,
            "callback_url": self.receiver.url, "security_hash": self.secret,
            "source": source_of(f"{name}.py"), "args": args, **more})
        self.jobs.append(job_id)
        return job_id

    def wait(self, job_id, show):
        """Until the callback that the job has completed is here."""
        ended_at = None
        while not self.inbox.wait(job_id, POLL_SECONDS):
            self.fail_with_any()
            job = self.status(job_id)
            show(job)
            if job.get("state") in ENDED:
                ended_at = ended_at or time.monotonic()
                if time.monotonic() - ended_at > CALLBACK_LATE_SECONDS:
                    raise ApiError(self.late(job_id, job["state"]))
        self.fail_with_any()

    def status(self, job_id):
        """The job as the server sees it; {} while the server is away."""
        try:
            job = self.erlust.job(job_id)
        except Unreachable:
            if time.monotonic() - self.reached_at > SERVER_AWAY_SECONDS:
                raise
            return {}
        self.reached_at = time.monotonic()
        return job

    def fail_with_any(self):
        for job_id, event in list(self.inbox.ended.items()):
            if event["type"] != "job.completed":
                reason = event["data"].get("reason") or self.status(job_id).get("reason")
                ended = event["type"].replace("job.", "")
                raise ApiError(f"job {job_id} {ended}: {reason}\n{self.erlust.logs(job_id)}")

    def late(self, job_id, state):
        return (f"job {job_id} is {state}, but no callback about it came to {self.receiver.url} "
                f"in {CALLBACK_LATE_SECONDS} s.\n{callback_hint(self.receiver.address)}\n"
                f"What the server tried:\n{self.erlust.callbacks(job_id)}")

    def results(self, job_id):
        """All results of a completed job; what no callback has brought is fetched."""
        results = dict(self.inbox.results[job_id])
        count = self.inbox.ended[job_id]["data"].get("results_count")
        if count is None or any(seq not in results for seq in range(1, count + 1)):
            results.update(self.erlust.results(job_id))
        return [value for _, value in sorted(results.items())]

    def cancel(self):
        """Stops what still runs, when the application gives up."""
        for job_id in self.jobs:
            if job_id not in self.inbox.ended:
                try:
                    self.erlust.cancel(job_id)
                except ApiError:
                    pass  # it has ended meanwhile, or there is no server to run it


def merge_contacts(run, table, options):
    """Lets the nodes do all the work; the merged people, and figures for the report."""
    contacts = {"columns": table.columns, "rows": table.rows}
    queue = f"comparisons-{run.id}"
    started = time.monotonic()
    split = run.submit("split", {**contacts, "all_pairs": options.all_pairs},
                       queue=queue, produces=[queue])
    score = run.submit("score", contacts, options.nodes, queue=queue)
    with Progress("comparing") as progress:
        run.wait(score, lambda job: progress.show(items_done(job), items_of(run, split)))
        run.wait(split, lambda job: None)
    compared = time.monotonic()
    matches = distinct(run.results(score))
    merge = run.submit("merge", {**contacts, "matches": matches})
    with Progress("merging") as progress:
        run.wait(merge, lambda job: progress.show(0, None))
    people = {tuple(person["members"]): person for person in run.results(merge)}
    return list(people.values()), {
        **run.results(split)[-1], "matches": len(matches), "nodes": run.erlust.job(score)["nodes"],
        "compare_seconds": compared - started, "seconds": time.monotonic() - started}


def distinct(results):
    """All matches of all results, each pair once: an item may have been compared twice."""
    return sorted({(i, j): [i, j, bits] for matches in results for i, j, bits in matches}.values())


def items_done(job):
    return sum(node.get("items") or 0 for node in job.get("nodes", ()))


def items_of(run, split):
    """How many items there are; None until the split job has said so."""
    said = list(run.inbox.results[split].values())
    return said[-1]["items"] if said else None


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: cancels the jobs
    run = None
    try:
        table = load(options.csv, options.truth_from)
        open(options.out, "a", encoding="utf-8").close()  # fails now, not when the work is done
        erlust = Erlust(options.url, read_token(options.token_file))
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        inbox = Inbox()
        with Receiver(secret, inbox, options.callback_port) as receiver:
            run = Run(erlust, inbox, receiver, secret)
            print(f"{len(table.rows):,} contacts; callbacks to {receiver.url}")
            people, figures = merge_contacts(run, table, options)
        write_csv(options.out, table.columns, people)
    except (ApiError, BadInput, OSError, KeyboardInterrupt) as error:
        if run:
            run.cancel()
        sys.exit(f"error: {error}" if str(error) else "interrupted")
    if table.truth:
        figures["quality"] = quality([person["members"] for person in people], table.truth)
    print(closing_report(table, people, figures, options, score_job=run.jobs[1]))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("csv", nargs="?", help="a file of contacts (default: 5,000 generated ones)")
    add("--out", default="merged.csv", help="where the merged contacts go (merged.csv)")
    add("--nodes", type=int, default=2, help="processes that compare (2)")
    add("--all-pairs", action="store_true", help="compare each with each, not only likely pairs")
    add("--truth-from", default=TRUTH_COLUMN, metavar="COLUMN",
        help=f"says who is who; judges the merge, and is not sent to it ({TRUTH_COLUMN})")
    add("--url", default="http://127.0.0.1:4370", help="the server (http://127.0.0.1:4370)")
    add("--token-file", help="the file with the token (default: ERLUST_TOKEN)")
    add("--no-hints", dest="hints", action="store_false", help="leave out what to try next")
    add("--callback-port", type=int, default=0, help="where to listen for callbacks (a free port)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
