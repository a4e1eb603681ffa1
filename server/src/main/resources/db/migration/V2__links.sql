-- Links that hold: two jobs neither of which has ended. The smaller serial is first, so a pair is linked once.
CREATE TABLE job_link (
    low_serial   BIGINT NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    high_serial  BIGINT NOT NULL REFERENCES job (serial) ON DELETE CASCADE,
    PRIMARY KEY (low_serial, high_serial)
);
CREATE INDEX job_link_by_high ON job_link (high_serial);

-- What a running job was told over a link: its nodes are being stopped, and it fails with this reason.
ALTER TABLE job ADD COLUMN signal TEXT;
