package io.erlust.jobs.spec;

import io.erlust.json.InvalidField;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/** A job's id as the application chose it: letters, digits, {@code . _ -}; 1 to 128 of them. */
public record JobId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final SecureRandom RANDOM = new SecureRandom();

    public JobId {
        if (!isValid(value)) {
            throw new InvalidField("/id", "an id of " + RULE, '"' + value + '"');
        }
    }

    /** What {@link #isValid} asks for, in words. Names of queues have the same form. */
    static final String RULE =
            "1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit,"
                    + " without '..'";

    public static boolean isValid(String value) {
        return FORM.matcher(value).matches() && !value.contains("..");
    }

    /** For a job that came without an id: a UUID of version 7 (RFC 9562), so ids sort by time. */
    public static JobId fresh(Instant now) {
        long high = now.toEpochMilli() << 16 | 0x7000 | (RANDOM.nextInt() & 0xFFF);
        long low = (RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new JobId(new UUID(high, low).toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
