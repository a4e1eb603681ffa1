-- When a job is due, in which order jobs wait, and what waits for the end of what.
ALTER TABLE job ADD COLUMN priority   INTEGER NOT NULL DEFAULT 0;
-- Which attempt the run is, of those that job_attempts allows.
ALTER TABLE job ADD COLUMN attempt    INTEGER NOT NULL DEFAULT 1;
-- Scheduled: when it becomes available, if by time. Available and after: since when it is in the line.
ALTER TABLE job ADD COLUMN due_at     BIGINT;
-- due_at is told by the clock that no change of the time of day moves: of delays and retries.
ALTER TABLE job ADD COLUMN steady     INTEGER NOT NULL DEFAULT 0;
-- Of a recurring job: when the run, in its first attempt, became available.
ALTER TABLE job ADD COLUMN fired_at   BIGINT;
-- Of a recurring job that runs: when its next run takes its place.
ALTER TABLE job ADD COLUMN replace_at BIGINT;
ALTER TABLE job ADD COLUMN expires_at BIGINT;
-- expires_at while the run has not started.
ALTER TABLE job ADD COLUMN waits_until BIGINT;
ALTER TABLE job ADD COLUMN paused     INTEGER NOT NULL DEFAULT 0;
-- It declares queues that it produces: these are not drained before it has ended.
ALTER TABLE job ADD COLUMN produces   INTEGER NOT NULL DEFAULT 0;

-- Those that have ended too: they may be retried.
UPDATE job SET produces = 1 WHERE spec LIKE '%"produces":["%';
UPDATE job SET due_at = created_at WHERE state IN ('available', 'running');

CREATE INDEX job_due ON job (steady, due_at) WHERE state = 'scheduled' AND paused = 0 AND due_at IS NOT NULL;
CREATE INDEX job_line ON job (state, priority DESC, due_at, serial) WHERE state = 'available';
CREATE INDEX job_expiring ON job (waits_until) WHERE waits_until IS NOT NULL;
CREATE INDEX job_replacing ON job (replace_at) WHERE replace_at IS NOT NULL;
CREATE INDEX job_producing ON job (produces, serial)
    WHERE produces = 1 AND state IN ('scheduled', 'available', 'running');
CREATE INDEX job_by_end ON job (ended_at, serial, run) WHERE ended_at IS NOT NULL;
CREATE INDEX job_by_run ON job (run, serial) WHERE run > 1;

ALTER TABLE job_run ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
-- Another attempt followed: to the application the job has not failed yet.
ALTER TABLE job_run ADD COLUMN retried INTEGER NOT NULL DEFAULT 0;
CREATE INDEX job_run_by_end ON job_run (ended_at, job_serial, run);

-- Runs whose records are gone, while their results and callbacks follow. Of a job that goes with its last
-- run the row stays until then, as nobody's: without its id, in the state 'pruned'.
CREATE TABLE pruned_run (
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    PRIMARY KEY (job_serial, run)
);
-- Deleting a job looks for its labels.
CREATE INDEX job_label_by_job ON job_label (job_serial);

-- A scheduled job and a run of another whose end it still waits for.
CREATE TABLE job_after (
    awaited_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    job_serial      BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run             INTEGER NOT NULL,
    PRIMARY KEY (awaited_serial, job_serial)
);
CREATE INDEX job_after_by_job ON job_after (job_serial);

-- A run that has ended and for which others may wait: until all of these are looked at.
CREATE TABLE job_ended (
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    PRIMARY KEY (job_serial, run)
);

INSERT INTO job_after (awaited_serial, job_serial, run)
SELECT DISTINCT a.serial, j.serial, a.run FROM job j, ${after_ids}, job a
WHERE a.id = e.value AND j.state = 'scheduled';

INSERT INTO job_ended (job_serial, run, state) SELECT serial, run, state FROM job
WHERE state IN ('completed', 'failed', 'cancelled')
AND EXISTS (SELECT 1 FROM job_after WHERE awaited_serial = serial);

-- A label can be looked for by its name alone.
INSERT INTO job_label (job_serial, label) SELECT DISTINCT job_serial, ${label_name} FROM job_label;
