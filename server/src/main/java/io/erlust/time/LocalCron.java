package io.erlust.time;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A cron expression on a clock that never changes: which local times are in it. The only class that
 * knows cron-utils, which sees local times as times in UTC, so none of its own rules for changing
 * clocks is ever asked.
 *
 * <p>Stricter than cron-utils, which also reads {@code ||}, {@code |}, {@code +1}, {@code /5} and
 * digits of other scripts, and to which {@code 7/2} is every second day of the week.
 */
final class LocalCron {
    private static final int LENGTH_MAX = 256;

    private static final Map<String, String> NICKNAMES = Map.of(
            "@hourly", "0 * * * *",
            "@daily", "0 0 * * *",
            "@weekly", "0 0 * * 0",
            "@monthly", "0 0 1 * *",
            "@yearly", "0 0 1 1 *");

    private static final List<String> FIELDS = List.of(
            "a minute of 0-59",
            "an hour of 0-23",
            "a day-of-month of 1-31",
            "a month of 1-12 or JAN-DEC",
            "a day-of-week of 0-7 or SUN-SAT");
    private static final int DAY_OF_MONTH = 2;
    private static final int DAY_OF_WEEK = 4;

    private static final String VALUE = "(\\d{1,2}|[A-Z]{3})";
    private static final String ITEM =
            "((\\*|" + VALUE + "-" + VALUE + ")(/\\d{1,2})?|" + VALUE + ")";
    private static final Pattern FIELD =
            Pattern.compile(ITEM + "(," + ITEM + ")*", CASE_INSENSITIVE);
    private static final Pattern SPACE = Pattern.compile("[ \\t]+");

    /** To cron-utils SUN is 7, so SUN-THU would end before it begins. */
    private static final Pattern FROM_SUNDAY = Pattern.compile("SUN-(?!SUN)");

    private static final CronParser EITHER_DAY = parser(false);
    private static final CronParser BOTH_DAYS = parser(true);

    private final ExecutionTime times;
    private final boolean everyHour;

    private LocalCron(ExecutionTime times, boolean everyHour) {
        this.times = times;
        this.everyHour = everyHour;
    }

    static LocalCron parse(String expression) {
        if (expression.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("at most " + LENGTH_MAX + " characters");
        }
        String text = expression.strip();
        String nickname = text.toLowerCase(Locale.ROOT);
        List<String> fields = List.of(SPACE.split(NICKNAMES.getOrDefault(nickname, text)));
        if (fields.size() != FIELDS.size()) {
            throw new IllegalArgumentException("5 fields (minute hour day-of-month month"
                    + " day-of-week) or @hourly, @daily, @weekly, @monthly, @yearly");
        }
        for (int i = 0; i < FIELDS.size(); i++) {
            if (!FIELD.matcher(fields.get(i)).matches()) {
                throw new IllegalArgumentException(expected(i));
            }
        }
        try {
            return new LocalCron(times(fields), fields.get(1).equals("*"));
        } catch (IllegalArgumentException e) {
            throw refused(fields, e);
        }
    }

    /** Reads each field alone: cron-utils does not say which one it dislikes. */
    private static IllegalArgumentException refused(
            List<String> fields, IllegalArgumentException why) {
        for (int i = 0; i < FIELDS.size(); i++) {
            List<String> alone = new ArrayList<>(Collections.nCopies(FIELDS.size(), "*"));
            alone.set(i, fields.get(i));
            try {
                times(alone);
            } catch (IllegalArgumentException e) {
                return new IllegalArgumentException(expected(i), e);
            }
        }
        return why;
    }

    private static String expected(int index) {
        return FIELDS.get(index)
                + ", as *, a value, a list (1,2), a range (1-5) or a step (*/2, 1-5/2)";
    }

    private static ExecutionTime times(List<String> fields) {
        boolean bothDays = fields.get(DAY_OF_MONTH).startsWith("*")
                || fields.get(DAY_OF_WEEK).startsWith("*");
        String text = String.join(" ", fields).toUpperCase(Locale.ROOT);
        CronParser parser = bothDays ? BOTH_DAYS : EITHER_DAY;
        return ExecutionTime.forCron(parser.parse(FROM_SUNDAY.matcher(text).replaceAll("0-")));
    }

    /** Unix numbering. A day has to match both day fields, or either of them. */
    private static CronParser parser(boolean bothDays) {
        CronDefinitionBuilder builder = CronDefinitionBuilder.defineCron()
                .withMinutes()
                .withStrictRange()
                .and()
                .withHours()
                .withStrictRange()
                .and()
                .withDayOfMonth()
                .withStrictRange()
                .and()
                .withMonth()
                .withStrictRange()
                .and()
                .withDayOfWeek()
                .withValidRange(0, 7)
                .withMondayDoWValue(1)
                .withIntMapping(7, 0)
                .withStrictRange()
                .and();
        if (bothDays) {
            builder.matchDayOfWeekAndDayOfMonth();
        }
        return new CronParser(builder.instance());
    }

    /** Whether the hour field is {@code *}. */
    boolean everyHour() {
        return everyHour;
    }

    /** The first time in it after this one; empty when there is none in a hundred years. */
    Optional<LocalDateTime> after(LocalDateTime time) {
        ZonedDateTime minute = time.truncatedTo(ChronoUnit.MINUTES).atZone(ZoneOffset.UTC);
        return times.nextExecution(minute).map(ZonedDateTime::toLocalDateTime);
    }

    /** The first time in it that is this one or later. */
    Optional<LocalDateTime> from(LocalDateTime time) {
        return after(time.minusNanos(1));
    }
}
