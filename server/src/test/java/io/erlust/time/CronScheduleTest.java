package io.erlust.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When a cron expression is due, rule by rule. All instants of the tables are in UTC; the year, the
 * month and the day that an expected one leaves out are those of the instant before it.
 */
final class CronScheduleTest {
    private static final int FULL = "2024-01-01T00:00".length();

    private static void check(String expression, String zone, String after, String expected) {
        CronSchedule schedule = CronSchedule.of(expression, ZoneId.of(zone));
        List<Instant> instants = Arrays.stream(expected.split(" +"))
                .map(time -> instant(after.substring(0, FULL - time.length()) + time))
                .toList();
        List<Instant> due = new ArrayList<>();
        Instant last = instant(after);
        for (int i = 0; i < instants.size(); i++) {
            last = schedule.after(last).orElseThrow();
            due.add(last);
        }
        assertThat(due).as("%s %s after %s", expression, zone, after).isEqualTo(instants);
    }

    private static Instant instant(String text) {
        return Instant.parse(text + (text.length() == FULL ? ":00Z" : "Z"));
    }

    /** 1 January 2024 is a Monday. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            # every minute, lists, ranges, steps
            * * * * *          | 2024-01-01T00:00 | 00:01 00:02
            */25 * * * *       | 2024-01-01T00:00 | 00:25 00:50 01:00
            1-9/4,30 0 * * *   | 2024-01-01T00:01 | 00:05 00:09 00:30
            *,5 * * * *        | 2024-01-01T00:05 | 00:06
            5-5 07-8 * * *     | 2024-01-01T00:00 | 07:05
            # it is strictly after, to the nanosecond
            0 0 * * *          | 2023-12-31T23:59:59.999999999 | 2024-01-01T00:00
            0 0 * * *          | 2024-01-01T00:00:00.000000001 | 02T00:00
            # Sunday is 0 and 7 and SUN, at both ends of a range
            0 0 * * 0          | 2024-01-01T00:00 | 07T00:00 14T00:00
            0 0 * * 7          | 2024-01-01T00:00 | 07T00:00 14T00:00
            0 0 * * 0,7        | 2024-01-01T00:00 | 07T00:00 14T00:00
            0 0 * * sun-MON    | 2024-01-01T00:00 | 07T00:00 08T00:00 14T00:00
            0 0 * * Sat-Sun    | 2024-01-01T00:00 | 06T00:00 07T00:00 13T00:00
            0 0 * * SUN-SUN    | 2024-01-01T00:00 | 07T00:00 14T00:00
            0 0 * * 0-7/3      | 2024-01-01T00:00 | 03T00:00 06T00:00 07T00:00
            # names of months
            0 0 1 FEB-mar,12 * | 2024-01-01T00:00 | 02-01T00:00 03-01T00:00 12-01T00:00
            # the two fields of days: both restricted, either is enough
            0 0 13 * 5         | 2024-01-01T00:00 | 05T00:00 12T00:00 13T00:00
            0 0 30 2 1         | 2024-01-01T00:00 | 02-05T00:00 02-12T00:00
            # one begins with *: both have to match
            0 0 * * 5          | 2024-01-01T00:00 | 05T00:00 12T00:00
            0 0 13 * *         | 2024-01-01T00:00 | 13T00:00 02-13T00:00
            0 0 */2 * 1        | 2024-01-01T00:00 | 15T00:00 29T00:00 02-05T00:00
            0 0 1-7 * */7      | 2024-01-01T00:00 | 07T00:00 02-04T00:00 03-03T00:00
            # months and years without the day are passed over
            0 0 31 * *         | 2024-01-31T00:00 | 03-31T00:00 05-31T00:00
            0 0 29 2 *         | 2096-02-29T00:00 | 2104-02-29T00:00
            0 0 29 2 */7       | 2024-01-01T00:00 | 2032-02-29T00:00 2060-02-29T00:00
            # nicknames, and spaces around
            @hourly            | 2024-01-01T00:00 | 01:00
            @daily             | 2024-01-01T00:00 | 02T00:00
            @Weekly            | 2024-01-01T00:00 | 07T00:00
            @monthly           | 2024-01-01T00:00 | 02-01T00:00
            @yearly            | 2024-01-01T00:00 | 2025-01-01T00:00
            "  0  12 * * *  "  | 2024-01-01T00:00 | 12:00
            """)
    void a_schedule_is_due_when_its_fields_match(String cron, String after, String due) {
        check(cron, "UTC", after, due);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # Athens, 31 March 2024: at 03:00 it is 04:00
            30 3 * * *        | Europe/Athens | 2024-03-30T12:00 | 31T01:00 04-01T00:30
            */9 3 * * *       | Europe/Athens | 2024-03-31T00:00 | 01:00 04-01T00:00
            0,30 3,4 * * *    | Europe/Athens | 2024-03-31T00:00 | 01:00 01:30 04-01T00:00
            */20 * * * *      | Europe/Athens | 2024-03-31T00:40 | 01:00 01:20
            30 3 * * *        | Europe/Athens | 2024-03-31T00:59:59.9 | 01:00 04-01T00:30
            # São Paulo, 4 November 2018: midnight is skipped
            0 0 * * *         | America/Sao_Paulo | 2018-11-03T12:00 | 04T03:00 05T02:00
            59 0 * * SUN      | America/Sao_Paulo | 2018-11-03T12:00 | 04T03:00 11T02:59
            # Cairo, 28 April 2023: midnight is skipped
            15 0 * * *        | Africa/Cairo | 2023-04-27T12:00 | 22:00 28T21:15
            # Lord Howe, 6 October 2024: at 02:00 it is 02:30
            15 2 * * *        | Australia/Lord_Howe | 2024-10-05T12:00 | 15:30 06T15:15
            15,30 2 * * *     | Australia/Lord_Howe | 2024-10-05T12:00 | 15:30 06T15:15
            45 2 * * *        | Australia/Lord_Howe | 2024-10-05T12:00 | 15:45 06T15:45
            # Apia has no 30 December 2011
            0 9 * * *         | Pacific/Apia | 2011-12-29T10:00 | 19:00 30T10:00 30T19:00
            0 0 30 12 *       | Pacific/Apia | 2011-01-01T00:00 | 12-30T10:00 2012-12-29T10:00
            0 0 30,31 12 *    | Pacific/Apia | 2011-01-01T00:00 | 12-30T10:00 2012-12-29T10:00
            * * * * *         | Pacific/Apia | 2011-12-30T09:58 | 09:59 10:00 10:01
            """)
    void skipped_local_times_are_due_once_when_the_gap_ends(
            String cron, String zone, String after, String due) {
        check(cron, zone, after, due);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # Athens, 27 October 2024: at 04:00 it is 03:00 again
            30 * * * *        | Europe/Athens | 2024-10-26T23:45 | 27T00:30 27T01:30 27T02:30
            0 * * * *         | Europe/Athens | 2024-10-27T00:00 | 01:00 02:00
            @hourly           | Europe/Athens | 2024-10-27T00:59:59.9 | 01:00 02:00
            59 * * * *        | Europe/Athens | 2024-10-27T00:59 | 01:59 02:59
            30 * 27 10 *      | Europe/Athens | 2024-10-27T00:45 | 01:30 02:30
            # Lord Howe, 7 April 2024: at 02:00 it is 01:30 again
            */15 * * * *      | Australia/Lord_Howe | 2024-04-06T14:30 | 14:45 15:00 15:15 15:30
            0 * * * *         | Australia/Lord_Howe | 2024-04-06T14:00 | 15:30 16:30
            """)
    void local_times_that_come_twice_are_due_twice_when_the_hour_is_a_star(
            String cron, String zone, String after, String due) {
        check(cron, zone, after, due);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            30 3 * * *        | Europe/Athens | 2024-10-26T12:00 | 27T00:30 28T01:30
            30 3-4 * * *      | Europe/Athens | 2024-10-26T12:00 | 27T00:30 27T02:30
            30 */1 * * *      | Europe/Athens | 2024-10-26T23:00 | 23:30 27T00:30 27T02:30
            30 0-23 * * *     | Europe/Athens | 2024-10-27T01:15 | 02:30
            * 3 * * *         | Europe/Athens | 2024-10-27T00:59 | 28T01:00
            * 3 * * *         | Europe/Athens | 2024-10-27T01:10 | 28T01:00
            0 4 * * *         | Europe/Athens | 2024-10-27T00:30 | 02:00
            0 4 * * *         | Europe/Athens | 2024-10-27T01:30 | 02:00
            # São Paulo, 17 February 2018 has 25 hours
            30 23 * * *       | America/Sao_Paulo | 2018-02-17T12:00 | 18T01:30 19T02:30
            0 0 * * *         | America/Sao_Paulo | 2018-02-17T12:00 | 18T03:00
            # Cairo, 26 October 2023 has 25 hours
            30 23 * * *       | Africa/Cairo | 2023-10-26T12:00 | 20:30 27T21:30
            45 1 * * *        | Australia/Lord_Howe | 2024-04-06T12:00 | 14:45 07T15:15
            """)
    void local_times_that_come_twice_are_due_the_first_time_when_the_hour_is_anything_else(
            String cron, String zone, String after, String due) {
        check(cron, zone, after, due);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 30 2 *", "* * 31 4,6,9,nov *", "0 * 30,31 FEB *", "0 0 31 2 */2"})
    void a_day_that_never_comes_is_never_due(String cron) {
        CronSchedule schedule = CronSchedule.of(cron, ZoneId.of("Europe/Athens"));
        assertThat(schedule.after(instant("2024-01-01T00:00"))).isEmpty();
        assertThat(schedule.after(instant("2024-10-27T00:30"))).isEmpty();
        assertThat(schedule.after(instant("2024-10-27T01:30"))).isEmpty();
    }

    @Test
    void nothing_is_due_after_the_year_9999() {
        CronSchedule schedule = CronSchedule.of("0 0 * * *", ZoneOffset.UTC);
        assertThat(schedule.after(instant("9999-12-30T12:00")))
                .contains(instant("9999-12-31T00:00"));
        assertThat(schedule.after(instant("9999-12-31T12:00"))).isEmpty();
        assertThat(schedule.after(Instant.MAX)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ""                | 5 fields
            " "               | 5 fields
            * * * *           | 5 fields
            0 * * * * *       | 5 fields
            "0 0 * * * || 0 1 * * *" | 5 fields
            @reboot           | @hourly, @daily
            @daily @daily     | 5 fields
            61 * * * *        | a minute of 0-59
            */0 * * * *       | a minute of 0-59
            */60 * * * *      | a minute of 0-59
            30-10 * * * *     | a minute of 0-59
            5/15 * * * *      | a step (*/2, 1-5/2)
            /5 * * * *        | a minute of 0-59
            +1 * * * *        | a minute of 0-59
            -1 * * * *        | a minute of 0-59
            ,1 * * * *        | a minute of 0-59
            1, * * * *        | a minute of 0-59
            1,,2 * * * *      | a minute of 0-59
            001 * * * *       | a minute of 0-59
            ٣ * * * *         | a minute of 0-59
            MON * * * *       | a minute of 0-59
            "0|1 * * * *"     | a minute of 0-59
            0 24 * * *        | an hour of 0-23
            0 22-2 * * *      | an hour of 0-23
            0 0 0 * *         | a day-of-month of 1-31
            0 0 32 * *        | a day-of-month of 1-31
            0 0 ? * *         | a day-of-month of 1-31
            0 0 L * *         | a day-of-month of 1-31
            0 0 15W * *       | a day-of-month of 1-31
            0 0 * 0 *         | a month of 1-12 or JAN-DEC
            0 0 * 13 *        | a month of 1-12 or JAN-DEC
            0 0 * MON *       | a month of 1-12 or JAN-DEC
            0 0 * JANUARY *   | a month of 1-12 or JAN-DEC
            0 0 * * 8         | a day-of-week of 0-7 or SUN-SAT
            0 0 * * JAN       | a day-of-week of 0-7 or SUN-SAT
            0 0 * * frı       | a day-of-week of 0-7 or SUN-SAT
            0 0 * * FRI-TUE   | a day-of-week of 0-7 or SUN-SAT
            0 0 * * 5#2       | a day-of-week of 0-7 or SUN-SAT
            0 0 * * 5L        | a day-of-week of 0-7 or SUN-SAT
            "0 0 * * *\u00a0" | a day-of-week of 0-7 or SUN-SAT
            """)
    void an_expression_that_means_nothing_is_refused(String cron, String expected) {
        assertThatThrownBy(() -> CronSchedule.of(cron, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void an_expression_of_257_characters_is_refused() {
        String longest = "0,".repeat(123) + "0 * * * *";
        assertThat(longest + " ").hasSize(256);
        assertThat(CronSchedule.of(longest + " ", ZoneOffset.UTC).after(Instant.EPOCH))
                .contains(instant("1970-01-01T01:00"));
        assertThatThrownBy(() -> CronSchedule.of(longest + "  ", ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("at most 256 characters");
    }
}
