"""The server dies while it migrates the data of an older version, by kill -9, several times; then
it is let start. The data are those of a killed older server, see upgrade_fixture.py, blown up with
jobs that wait for others, have ended, and have labels.
"""

import hashlib
import json
import re
import shutil
import sqlite3
import tarfile
import time
from contextlib import closing

from fault import Fault
from harness import ROOT, await_that, check
from scene import Scene

MIGRATIONS = ROOT / "server/src/main/resources/db/migration"
FIXTURES = ROOT / "server/src/test/resources/upgrade"
WORKS_ON_ROWS = 3  # the newest migration that does; others are over before they can be killed
START_SECONDS = 120
TRIES = 10  # of a kill that is to come before the migration is done
OLD_COLUMNS = ("serial, id, fingerprint, spec, state, run, reason, created_at, started_at,"
               " ended_at, cancelling, nodes")
STATES = ("completed", "completed", "completed", "completed", "failed", "cancelled", "scheduled",
          "scheduled", "scheduled", "scheduled")


def upgrade(options):
    kills, jobs = (2, 30_000) if options.short else (5, 300_000)
    with Scene("upgrade", options) as scene:
        before, after = versions()
        old = scene.directory / "old"
        with tarfile.open(FIXTURES / f"schema-{before}.tar.gz") as archive:
            archive.extractall(old, filter="data")
        with closing(sqlite3.connect(old / "erlust.db")) as db:
            move_times(db, before)
            blow_up(db, jobs)
            expected = contents(db)
        seconds = migrate(scene, old, after)
        late = killed_in_midst(scene, old, kills, seconds, after)
        scene.start()
        judge(scene, expected, jobs, after)
        goes_on(scene)
        scene.quiet()
        return {"jobs": expected["jobs"], "kills": kills, "too late": late,
                "the migration takes s": round(seconds, 1)}


def versions():
    """The schema before the newest migration that works on rows, and the newest schema."""
    newest = max(int(re.match(r"V(\d+)__", path.name)[1]) for path in MIGRATIONS.glob("V*.sql"))
    return WORKS_ON_ROWS - 1, newest


# The data

def move_times(db, version):
    """As if the old server had been killed just now: nothing is old enough to be thrown away."""
    recorded = json.loads((FIXTURES / f"schema-{version}.json").read_text())["recorded_at"]
    columns = db.execute("SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c "
                         "WHERE t.type = 'table' AND substr(c.name, -3) = '_at'").fetchall()
    for table, column in columns:
        db.execute(f"UPDATE {table} SET {column} = {column} + ?",
                   (round(time.time() * 1000) - recorded,))
    db.commit()


def blow_up(db, count):
    """Of ten jobs six have ended, two wait for a start, and two for jobs of which one may have
    ended."""
    db.execute("PRAGMA synchronous=OFF")
    template, created = db.execute("SELECT spec, created_at FROM job WHERE id='waits'").fetchone()
    first = db.execute("SELECT max(serial) + 1 FROM job").fetchone()[0]
    db.executemany(
        "INSERT INTO job (serial, id, fingerprint, spec, state, run, created_at, ended_at)"
        " VALUES (?, ?, 'none', ?, ?, 1, ?, ?)",
        ((first + n, f"bulk-{n}", spec(template, n), STATES[n % 10], created,
          None if STATES[n % 10] == "scheduled" else created) for n in range(count)))
    db.executemany("INSERT INTO job_source (job_serial, source, args) VALUES (?, ?, ?)",
                   ((first + n, b"node.emit(node.job)", b"null") for n in range(count)))
    db.executemany("INSERT INTO job_label (job_serial, label) VALUES (?, ?)",
                   ((first + n, f"{name}={value}") for n in range(count)
                    for name, value in labels(n).items()))
    db.commit()


def labels(n):
    return {"team": f"team-{n % 100}", "order": str(n)}


def spec(template, n):
    value = json.loads(template)
    value.update(id=f"bulk-{n}", queue=f"bulk-{n}", labels=labels(n))
    waits = {8: [n - 2, n - 8], 9: [n - 2, n - 3]}.get(n % 10)
    if waits:
        value["when"] = {"after": [f"bulk-{other}" for other in waits]}
    return json.dumps(value, separators=(",", ":"))


def contents(db):
    """What no upgrade may change, and who waits for whom."""
    digest = hashlib.sha256()
    for row in db.execute(f"SELECT {OLD_COLUMNS} FROM job WHERE id LIKE 'bulk-%' ORDER BY serial"):
        digest.update(repr(row).encode())
    return {"jobs": db.execute("SELECT count(*) FROM job").fetchone()[0],
            "bulk": digest.hexdigest(),
            "labels": set(db.execute("SELECT job_serial, label FROM job_label "
                                     "WHERE instr(label, '=')")),
            **{table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
               for table in ("job_source", "job_run")}}


# The kills

def migrate(scene, old, version):
    """How long an undisturbed migration takes, from its first byte in the log."""
    begin(scene, old)
    begun = time.monotonic()
    await_that(lambda: schema(scene.data) == version, "the migration", START_SECONDS)
    seconds = time.monotonic() - begun
    scene.server.await_listening()
    check(scene.server.stop() == 0, "the server did not end in order")
    return seconds


def killed_in_midst(scene, old, kills, seconds, version):
    """Kills it as often, each time on what the kill before has left. Returns how often one came
    too late: the old data are laid out again then."""
    late = done = 0
    fresh = old
    while done < kills:
        begin(scene, fresh)
        time.sleep(scene.random.uniform(0, 0.9 * seconds))
        scene.server.kill()  # it has no nodes yet
        if schema(scene.data) == version:
            late, fresh = late + 1, old
            check(late < TRIES, f"{late} kills came too late")
        else:
            done, fresh = done + 1, None
    return late


def begin(scene, fresh):
    """Starts a server, on fresh data if there are any, and returns when it has begun to write."""
    if fresh:
        named = scene.data / "runtime"  # a directory that the next life has to clean up
        runtime = named.read_text() if named.exists() else None
        shutil.rmtree(scene.data, ignore_errors=True)
        shutil.copytree(fresh, scene.data)
        if runtime:
            named.write_text(runtime)
    log = scene.data / "erlust.db-wal"
    was = log.stat() if log.exists() else None
    scene.server.spawn()
    await_that(lambda: log.exists() and log.stat().st_size and (
        was is None or log.stat().st_mtime_ns != was.st_mtime_ns), "a migration", START_SECONDS,
        0.001)


def schema(data):
    """Read without a change of any file but the index of the log."""
    with closing(sqlite3.connect(f"file:{data / 'erlust.db'}?mode=ro", uri=True)) as db:
        return db.execute("SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history "
                          "WHERE success").fetchone()[0]


# The judgement

def judge(scene, expected, count, version):
    with closing(sqlite3.connect(f"file:{scene.data / 'erlust.db'}?mode=ro", uri=True)) as db:
        whole = db.execute("PRAGMA integrity_check").fetchall()
        check(whole == [("ok",)], f"the store is damaged: {whole[:3]}")
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
        check(not broken, f"foreign keys lead nowhere: {broken[:3]}")
        history = db.execute("SELECT CAST(version AS INTEGER) FROM flyway_schema_history "
                             "WHERE success ORDER BY 1").fetchall()
        check(history == [(n,) for n in range(1, version + 1)], f"migrations: {history}")
        found = contents(db)
        for what, value in expected.items():
            check(found[what] == value, f"{what} changed in the upgrade")
        if version >= WORKS_ON_ROWS:
            waits_and_names(db, found["labels"], count)


def waits_and_names(db, labelled, count):
    """What the third schema adds: who waits is in rows, and so are the names of labels."""
    names = set(db.execute("SELECT job_serial, label FROM job_label WHERE NOT instr(label, '=')"))
    wanted = {(serial, label.split("=")[0]) for serial, label in labelled}
    check(names == wanted, f"names of labels: {len(names)}, not {len(wanted)}")
    rows = db.execute("SELECT j.id, a.id, a.state FROM job_after"
                      " JOIN job j ON j.serial = job_serial"
                      " JOIN job a ON a.serial = awaited_serial WHERE j.id LIKE 'bulk-%'")
    found = {(waiting, awaited) for waiting, awaited, state in rows if state == "scheduled"}
    wanted = {(f"bulk-{n}", f"bulk-{n - away}") for n in range(count)
              for away in {8: (2,), 9: (2, 3)}.get(n % 10, ())}
    check(found == wanted, f"waits: {len(found)}, not {len(wanted)}")


def goes_on(scene):
    """A job that waited can be started; the one behind it runs, and no other."""
    api = scene.api
    api.post("/v1/jobs/bulk-6/start")
    for job in ("bulk-6", "bulk-8"):
        ended = api.await_end(job, 60)
        check(ended["state"] == "completed", f"{job} is {ended['state']}: {ended['reason']}")
        check([one["value"] for one in api.results(job)] == [job], f"the results of {job}")
    waits = api.job("bulk-9")
    check(waits["state"] == "scheduled", f"bulk-9 is {waits['state']}")


FAULTS = [
    Fault("upgrade", "kill -9 of the server while it migrates the data of an older version",
          "everything is there, nothing twice; the store is whole; what waited can be started and "
          "goes on", upgrade),
]
