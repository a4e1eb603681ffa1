-- One text for SQLite and PostgreSQL: ${id} is a generated 64-bit key, ${blob} bytes.
-- Times are milliseconds since 1970 (UTC).

CREATE TABLE queue (
    id          ${id},
    name        TEXT   NOT NULL UNIQUE,
    config      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

-- A parcel: items of one queue, one JSON text a line. Written once, deleted when all are acknowledged.
CREATE TABLE parcel (
    id        ${id},
    queue_id  BIGINT  NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    items     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    put_at    BIGINT  NOT NULL,
    body      ${blob} NOT NULL
);
CREATE INDEX parcel_by_queue ON parcel (queue_id, id, items, bytes);

-- A parcel whose items may have been handed out: which are done (a bitmap), and how many servers died meanwhile.
CREATE TABLE delivery (
    parcel_id  BIGINT  PRIMARY KEY,
    queue_id   BIGINT  NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    restarts   INTEGER NOT NULL DEFAULT 0,
    done       ${blob},
    done_items INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX delivery_by_queue ON delivery (queue_id);

-- An item that failed: in a row of its own, waiting for its retry (retry) or for a person (dead).
CREATE TABLE failed_item (
    parcel_id  BIGINT  NOT NULL,
    position   INTEGER NOT NULL,
    queue_id   BIGINT  NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    dead       INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    restarts   INTEGER NOT NULL DEFAULT 0,
    due_at     BIGINT  NOT NULL,
    put_at     BIGINT  NOT NULL,
    failed_at  BIGINT  NOT NULL,
    history    TEXT    NOT NULL,
    body       ${blob} NOT NULL,
    PRIMARY KEY (parcel_id, position)
);
CREATE INDEX failed_item_by_queue ON failed_item (queue_id, dead, due_at);

-- Who may still put to a queue: it is not drained before they have closed it or ended. Outlives a server.
CREATE TABLE producer (
    queue_id  BIGINT NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    producer  TEXT   NOT NULL,
    PRIMARY KEY (queue_id, producer)
);

CREATE TABLE job (
    serial       ${id},
    id           TEXT    NOT NULL UNIQUE,
    fingerprint  TEXT    NOT NULL,
    spec         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    run          INTEGER NOT NULL,
    reason       TEXT,
    created_at   BIGINT  NOT NULL,
    started_at   BIGINT,
    ended_at     BIGINT,
    cancelling   INTEGER NOT NULL DEFAULT 0,
    nodes        TEXT    NOT NULL DEFAULT '[]'
);
CREATE INDEX job_by_state ON job (state, serial);

CREATE TABLE job_label (
    job_serial  BIGINT NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    label       TEXT   NOT NULL,
    PRIMARY KEY (label, job_serial)
);

-- The record of an earlier run of a job.
CREATE TABLE job_run (
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    reason      TEXT,
    started_at  BIGINT,
    ended_at    BIGINT,
    nodes       TEXT    NOT NULL,
    PRIMARY KEY (job_serial, run)
);

CREATE TABLE result (
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    seq         BIGINT  NOT NULL,
    node        INTEGER NOT NULL,
    at          BIGINT  NOT NULL,
    item        TEXT,
    value       ${blob} NOT NULL,
    PRIMARY KEY (job_serial, run, seq)
);
CREATE UNIQUE INDEX result_once_an_item ON result (job_serial, run, item) WHERE item IS NOT NULL;

-- What is to be told to a callback URL, in order for one job: made in one transaction with the advance of
-- its run's cursor, sent until it arrives. Only the first pending one of a job has a due_at.
CREATE TABLE callback (
    job_serial   BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    seq          BIGINT  NOT NULL,
    run          INTEGER NOT NULL,
    webhook_id   TEXT    NOT NULL UNIQUE,
    type         TEXT    NOT NULL,
    host         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    tries        INTEGER NOT NULL DEFAULT 0,
    due_at       BIGINT,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    ended_at     BIGINT,
    last_status  INTEGER,
    last_error   TEXT,
    PRIMARY KEY (job_serial, seq)
);
CREATE INDEX callback_due ON callback (host, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX callback_pending ON callback (job_serial, seq) WHERE state = 'pending';

-- The bytes of a callback: written once, apart from the row that each attempt changes.
CREATE TABLE callback_body (
    job_serial  BIGINT  NOT NULL,
    seq         BIGINT  NOT NULL,
    body        ${blob} NOT NULL,
    PRIMARY KEY (job_serial, seq),
    FOREIGN KEY (job_serial, seq) REFERENCES callback (job_serial, seq) ON DELETE CASCADE
);

-- How far the results of a run have been turned into callbacks: open, ended (its end too), or gone (answered 410).
CREATE TABLE callback_cursor (
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    host        TEXT    NOT NULL,
    seq         BIGINT  NOT NULL,
    state       TEXT    NOT NULL,
    PRIMARY KEY (job_serial, run)
);
CREATE INDEX callback_cursor_open ON callback_cursor (job_serial, run) WHERE state = 'open';

-- What a job runs. Beside the job, so that lists of jobs do not read it: it can be 16 MiB.
CREATE TABLE job_source (
    job_serial  BIGINT  PRIMARY KEY REFERENCES job (serial) ON DELETE CASCADE,
    source      ${blob} NOT NULL,
    args        ${blob} NOT NULL
);
