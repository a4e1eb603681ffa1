-- What is to be told to a message broker, in the order in which it happened; deleted when the broker has it.
-- Written only when there is a broker. Of results only their numbers: first_seq is the next one to be told.
CREATE TABLE event (
    serial      ${id},
    id          TEXT    NOT NULL,
    job_serial  BIGINT  NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    run         INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    first_seq   BIGINT  NOT NULL DEFAULT 0,
    last_seq    BIGINT  NOT NULL DEFAULT 0,
    at          BIGINT  NOT NULL
);
-- Deleting a job looks for its events.
CREATE INDEX event_by_job ON event (job_serial);
