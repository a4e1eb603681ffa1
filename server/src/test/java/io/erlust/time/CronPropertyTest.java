package io.erlust.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;

/**
 * Random expressions in zones whose clocks change in every way there is: what {@link CronSchedule}
 * finds is what {@link NaiveCron} finds minute by minute. {@code -Derlust.seed=N} runs it from
 * another seed.
 */
final class CronPropertyTest {
    private static final long SEED = Long.getLong("erlust.seed", 20_241_027);
    private static final int EXPRESSIONS = 200;
    private static final int YEARS_EACH = 2;

    /** A frequent expression is held against the oracle only this near to a change. */
    private static final Duration NEAR = Duration.ofHours(2);

    private static final int ALL_MAX = 60;

    /** A schedule due so many times on a day is followed for a month instead of a year. */
    private static final int OFTEN = 100;

    private record Year(String zone, int year) {}

    private static final List<Year> YEARS = List.of(
            new Year("Europe/Athens", 2024),
            new Year("America/New_York", 2023),
            new Year("America/Sao_Paulo", 2018), // midnight skipped
            new Year("Africa/Cairo", 2023), // midnight skipped, after years without change
            new Year("America/St_Johns", 2010), // changes at one minute past midnight
            new Year("Australia/Lord_Howe", 2024), // half an hour
            new Year("Antarctica/Troll", 2024), // two hours
            new Year("Africa/Casablanca", 2024), // back for a month, by the moon
            new Year("Asia/Kathmandu", 1985), // a quarter of an hour, once, at New Year
            new Year("Asia/Pyongyang", 2015), // back by half an hour, not in a summer
            new Year("America/Caracas", 2016), // on by half an hour
            new Year("Pacific/Apia", 2011), // a day skipped
            new Year("Pacific/Kwajalein", 1993), // a day skipped
            new Year("Pacific/Kwajalein", 1969), // 23 hours twice
            new Year("Asia/Kolkata", 2024)); // nothing

    @Test
    void every_instant_is_the_one_found_minute_by_minute() {
        System.err.println("cron: seed " + SEED);
        Random random = new Random(SEED);
        int checked = 0;
        for (int i = 0; i < EXPRESSIONS; i++) {
            NaiveCron oracle = NaiveCron.random(random);
            for (int n = 0; n < YEARS_EACH; n++) {
                checked += check(oracle, YEARS.get(random.nextInt(YEARS.size())), random);
            }
        }
        assertThat(checked).isGreaterThan(10_000);
    }

    private static int check(NaiveCron oracle, Year year, Random random) {
        ZoneId zone = ZoneId.of(year.zone());
        LocalDate begin = begin(zone.getRules(), year.year(), random);
        LocalDate end = begin.plusMonths(oracle.timesPerDay() > OFTEN ? 1 : 13);
        NavigableSet<Instant> due = oracle.due(zone, begin, end);
        CronSchedule schedule = CronSchedule.of(oracle.expression(), zone);
        int checked = 0;
        for (Instant from : questions(due, zone.getRules(), begin, end, random)) {
            Instant expected = due.higher(from);
            if (expected != null) {
                assertThat(schedule.after(from))
                        .as("seed %d: %s in %s after %s", SEED, oracle.expression(), year, from)
                        .contains(expected);
                checked++;
            }
        }
        return checked;
    }

    /** Two weeks before a change of that year, if there is one. */
    private static LocalDate begin(ZoneRules rules, int year, Random random) {
        LocalDate begin = LocalDate.of(year, 1, 1);
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            ZoneOffsetTransition change = rules.nextTransition(noon(begin.plusDays(14)));
            if (change != null && change.getDateTimeBefore().getYear() == year) {
                begin = change.getDateTimeBefore().toLocalDate().minusDays(14);
            }
        }
        return begin;
    }

    private static Instant noon(LocalDate day) {
        return day.atTime(12, 0).toInstant(ZoneOffset.UTC);
    }

    /** Instants that are due, ones a moment before, and any at all near the changes. */
    private static List<Instant> questions(
            NavigableSet<Instant> due,
            ZoneRules rules,
            LocalDate begin,
            LocalDate end,
            Random random) {
        List<Instant> questions = new ArrayList<>();
        if (due.size() <= ALL_MAX) {
            questions.addAll(due);
        }
        questions.add(noon(begin.plusDays(2)));
        ZoneOffsetTransition change = rules.nextTransition(questions.getLast());
        while (change != null && change.getInstant().isBefore(noon(end.minusDays(4)))) {
            Duration around = NEAR.plus(change.getDuration().abs());
            Instant low = change.getInstant().minus(around);
            Instant high = change.getInstant().plus(around);
            NavigableSet<Instant> near = due.subSet(low, true, high, true);
            near.stream().limit(ALL_MAX).forEach(questions::add);
            near.descendingSet().stream().limit(ALL_MAX).forEach(questions::add);
            for (int i = 0; i < 10; i++) {
                questions.add(low.plusNanos(random.nextLong(around.toNanos() * 2)));
            }
            questions.add(change.getInstant());
            questions.add(change.getInstant().minusNanos(1));
            change = rules.nextTransition(change.getInstant());
        }
        return questions;
    }
}
