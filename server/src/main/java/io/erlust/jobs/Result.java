package io.erlust.jobs;

import java.time.Instant;
import java.util.Optional;

/** One entry of a run's results log. {@code value} is a JSON text. */
public record Result(long seq, int node, Instant at, Optional<String> item, byte[] value) {
    /** {@code {"seq":17,"node":2,"at":"…","item":"…","value":…}}: the one form in which a result is shown. */
    public byte[] json() {
        return ResultJson.write(this);
    }
}
