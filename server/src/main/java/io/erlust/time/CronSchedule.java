package io.erlust.time;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;

/**
 * A cron expression on the wall clock of a time zone: the instants at which it is due.
 *
 * <p>The expression says local times; where the clock changes they become instants so:
 *
 * <ul>
 *   <li>Local times that the clock skips are due at the instant it has skipped them, once however
 *       many they are, and together with the one that is due there anyway.
 *   <li>Local times that come twice are due both times when the hour field is {@code *}, and only
 *       the first time when it is anything else.
 * </ul>
 *
 * <p>Immutable, and safe to share between threads.
 */
public final class CronSchedule {
    /** Nothing is due after the last year that RFC 3339 can write. */
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private final LocalCron cron;
    private final ZoneRules rules;

    private CronSchedule(LocalCron cron, ZoneRules rules) {
        this.cron = cron;
        this.rules = rules;
    }

    /**
     * Reads five fields (minute, hour, day of month, month, day of week) or a nickname.
     *
     * @throws IllegalArgumentException whose message is what was expected instead
     */
    public static CronSchedule of(String expression, ZoneId zone) {
        return new CronSchedule(LocalCron.parse(expression), zone.getRules());
    }

    /** The first instant of the schedule after this one; empty when it is never due again. */
    public Optional<Instant> after(Instant instant) {
        if (!instant.isBefore(LAST)) {
            return Optional.empty();
        }
        LocalDateTime local = LocalDateTime.ofInstant(instant, rules.getOffset(instant));
        ZoneOffsetTransition overlap = rules.getTransition(local);
        Optional<Instant> next;
        if (overlap == null) {
            next = cron.after(local).map(this::firstPass);
        } else if (instant.isBefore(overlap.getInstant())) {
            next = inFirstPass(local, overlap);
        } else {
            next = inSecondPass(local, overlap);
        }
        return next.filter(found -> !found.isAfter(LAST));
    }

    private Optional<Instant> inFirstPass(LocalDateTime local, ZoneOffsetTransition overlap) {
        Optional<LocalDateTime> next = cron.after(local);
        boolean left = next.isEmpty() || !next.get().isBefore(overlap.getDateTimeBefore());
        return left && cron.everyHour()
                ? secondPass(cron.from(overlap.getDateTimeAfter()), overlap)
                : next.map(this::firstPass);
    }

    private Optional<Instant> inSecondPass(LocalDateTime local, ZoneOffsetTransition overlap) {
        return cron.everyHour()
                ? secondPass(cron.after(local), overlap)
                : cron.from(overlap.getDateTimeBefore()).map(this::firstPass);
    }

    /** Where a local time lies that is in the second pass or after it. */
    private Optional<Instant> secondPass(
            Optional<LocalDateTime> time, ZoneOffsetTransition overlap) {
        ZoneOffset offset = overlap.getOffsetAfter();
        return time.map(local -> local.isBefore(overlap.getDateTimeBefore())
                ? local.toInstant(offset)
                : firstPass(local));
    }

    /** Where a local time lies: the first time if it comes twice, the gap's end if never. */
    private Instant firstPass(LocalDateTime local) {
        ZoneOffsetTransition change = rules.getTransition(local);
        if (change == null) {
            return local.toInstant(rules.getOffset(local));
        }
        return change.isGap() ? change.getInstant() : local.toInstant(change.getOffsetBefore());
    }
}
