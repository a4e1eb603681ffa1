package io.erlust.schedule;

import io.erlust.jobs.spec.When;
import io.erlust.time.NaiveCron;
import io.erlust.time.NaiveCron.Field;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Makes the thousand jobs of a simulated year: some 70,000 runs. */
final class YearPlans {
    private static final List<String> ZONES = List.of(
            "UTC",
            "Europe/Athens",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kolkata",
            "America/Sao_Paulo");

    private static final List<When.Overlap> OVERLAPS = List.of(When.Overlap.values());
    private static final List<When.On> ONS = List.of(When.On.values());

    /** Odd, so that no run ends in the very moment at which an instant is due. */
    private static final long[] SHORT = {7_137, 41_771, 187_913};

    private final Random random;
    private final long start;
    private final List<YearPlan> plans = new ArrayList<>();

    private YearPlans(Random random, long start) {
        this.random = random;
        this.start = start;
    }

    static List<YearPlan> make(Random random, long start) {
        YearPlans made = new YearPlans(random, start);
        made.recurring();
        made.times(100);
        made.delays(100);
        made.attempts(60);
        made.after(60);
        return made.plans;
    }

    private void recurring() {
        Field any = range("*", 0, 59, 1);
        Field anyHour = range("*", 0, 23, 1);
        Field anyDay = range("*", 1, 31, 1);
        Field anyMonth = range("*", 1, 12, 1);
        Field anyWeekday = range("*", 0, 6, 1);
        cron(Duration.ofHours(1), new NaiveCron(minute(), anyHour, anyDay, anyMonth, anyWeekday));
        for (int i = 0; i < 5; i++) {
            Field window = range("9-12", 9, 12, 1);
            Field workdays = range("1-5", 1, 5, 1);
            cron(Duration.ofHours(1), new NaiveCron(minute(), window, anyDay, anyMonth, workdays));
        }
        for (int i = 0; i < 30; i++) {
            Field fives = range("*/5", 0, 59, 5);
            cron(Duration.ofMinutes(5), new NaiveCron(fives, hour(), day(), anyMonth, anyWeekday));
        }
        for (int i = 0; i < 10; i++) { // each minute of an hour of a day
            cron(
                    Duration.ofMinutes(1),
                    new NaiveCron(any, hour(), one(random.nextInt(1, 29)), month(), anyWeekday));
        }
        for (int i = 0; i < 20; i++) {
            Field night = range("0-3", 0, 3, 1);
            Field twenties = range("*/20", 0, 59, 20);
            Field sunday = one(0);
            Field months = range("3-11", 3, 11, 1);
            NaiveCron changes = new NaiveCron(
                    twenties,
                    i % 2 == 0 ? night : anyHour,
                    i % 2 == 0 ? anyDay : day(),
                    months,
                    i % 2 == 0 ? sunday : anyWeekday);
            cron(Duration.ofMinutes(20), changes);
        }
        for (int i = 0; i < 25; i++) {
            cron(Duration.ofDays(1), new NaiveCron(minute(), hour(), anyDay, anyMonth, anyWeekday));
        }
        for (int i = 0; i < 250; i++) {
            Field weekday = one(random.nextInt(7));
            cron(Duration.ofDays(7), new NaiveCron(minute(), hour(), anyDay, anyMonth, weekday));
        }
        for (int i = 0; i < 339; i++) {
            cron(Duration.ofDays(30), new NaiveCron(minute(), hour(), day(), anyMonth, anyWeekday));
        }
    }

    private Field minute() {
        return one(random.nextInt(12) * 5);
    }

    private Field hour() {
        return one(random.nextInt(24));
    }

    private Field day() {
        return one(random.nextInt(1, 32));
    }

    private Field month() {
        return one(random.nextInt(1, 13));
    }

    private static Field one(int value) {
        return range(Integer.toString(value), value, value, 1);
    }

    private static Field range(String text, int low, int high, int step) {
        BitSet values = new BitSet();
        for (int value = low; value <= high; value += step) {
            values.set(value);
        }
        return new Field(text, values);
    }

    private void cron(Duration period, NaiveCron cron) {
        String zone = ZONES.get(random.nextInt(ZONES.size()));
        When.Overlap overlap = OVERLAPS.get(random.nextInt(3));
        // what was missed while a run was under way is what overlap says, so only one of the two
        boolean catchUp = overlap != When.Overlap.SKIP || random.nextInt(3) > 0;
        int attempts = overlap != When.Overlap.REPLACE && random.nextInt(8) == 0 ? 3 : 1;
        boolean ends = attempts == 1 && random.nextInt(10) == 0;
        long expires = ends ? time(300) + 311 : Timeline.NEVER;
        String members = "'when': {'cron': '" + cron.expression() + "', 'timezone': '" + zone
                + "', 'overlap': '" + overlap.name().toLowerCase(Locale.ROOT) + "', 'catch_up': "
                + catchUp + "}" + priority() + expires(expires) + attempts(attempts, 60_000);
        long longRun = period.toMillis() * random.nextInt(1, 4) + period.toMillis() / 2 + 7_919;
        YearPlan.Recurs recurs = new YearPlan.Recurs(cron, ZoneId.of(zone), overlap, catchUp);
        add(members, recurs, Timeline.NEVER, Timeline.NEVER, expires, attempts, longRun);
    }

    private void times(int count) {
        for (int i = 0; i < count; i++) {
            long at = time(350) + random.nextInt(60_000);
            String members = "'when': '" + Instant.ofEpochMilli(at) + "'" + priority();
            add(members, null, at, Timeline.NEVER, Timeline.NEVER, 1, 3_600_007);
        }
    }

    private void delays(int count) {
        for (int i = 0; i < count; i++) {
            long delay = 60_000L * random.nextInt(350 * 24 * 60) + random.nextInt(60_000);
            long expires = i % 5 == 0
                    ? start + delay + 86_400_000L * random.nextInt(-3, 4) + 313
                    : Timeline.NEVER;
            String members =
                    "'when': '" + Duration.ofMillis(delay) + "'" + priority() + expires(expires);
            add(members, null, Timeline.NEVER, delay, expires, 1, 3_600_007);
        }
    }

    /** Fail often, after a delay that spreads them over the year. */
    private void attempts(int count) {
        for (int i = 0; i < count; i++) {
            long delay = 60_000L * random.nextInt(300 * 24 * 60) + random.nextInt(60_000);
            int attempts = random.nextInt(2, 12);
            long backOff = random.nextBoolean() ? 10_000 : 1_800_000L * random.nextInt(1, 5);
            String members =
                    "'when': '" + Duration.ofMillis(delay) + "'" + attempts(attempts, backOff);
            plans.add(new YearPlan(
                    "j" + plans.size(),
                    members,
                    null,
                    Timeline.NEVER,
                    delay,
                    List.of(),
                    When.On.COMPLETED,
                    Timeline.NEVER,
                    attempts,
                    backOff,
                    61_003,
                    7_200_011,
                    75));
        }
    }

    /** After two of the jobs that end. */
    private void after(int count) {
        int first = plans.size() - 260;
        for (int i = 0; i < count; i++) {
            When.On on = ONS.get(i % 3);
            List<String> after = List.of(
                    "j" + (first + random.nextInt(200)), "j" + (first + 200 + random.nextInt(60)));
            String members = "'when': {'after': ['" + String.join("', '", after) + "'], 'on': '"
                    + on.name().toLowerCase(Locale.ROOT) + "'}" + priority();
            plans.add(new YearPlan(
                    "j" + plans.size(),
                    members,
                    null,
                    Timeline.NEVER,
                    Timeline.NEVER,
                    after,
                    on,
                    Timeline.NEVER,
                    1,
                    0,
                    61_003,
                    7_200_011,
                    10));
        }
    }

    private void add(
            String members,
            YearPlan.@Nullable Recurs recurs,
            long at,
            long delay,
            long expires,
            int attempts,
            long longRun) {
        plans.add(new YearPlan(
                "j" + plans.size(),
                members,
                recurs,
                at,
                delay,
                List.of(),
                When.On.COMPLETED,
                expires,
                attempts,
                60_000,
                SHORT[random.nextInt(SHORT.length)],
                longRun,
                attempts > 1 ? 25 : 3));
    }

    private long time(int days) {
        return start + 60_000L * random.nextInt(days * 24 * 60);
    }

    private String priority() {
        return random.nextInt(4) == 0 ? ", 'priority': " + random.nextInt(-100, 101) : "";
    }

    private static String expires(long expires) {
        return expires == Timeline.NEVER
                ? ""
                : ", 'expires_at': '" + Instant.ofEpochMilli(expires) + "'";
    }

    private static String attempts(int attempts, long backOff) {
        return attempts == 1
                ? ""
                : ", 'job_attempts': " + attempts + ", 'job_backoff_ms': " + backOff;
    }
}
