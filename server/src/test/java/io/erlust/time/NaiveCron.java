package io.erlust.time;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;

/**
 * An oracle for {@link CronSchedule}: a random expression together with what it means, and its
 * instants found by looking at every minute. It reads no expression and knows no library.
 */
public record NaiveCron(Field minute, Field hour, Field dayOfMonth, Field month, Field dayOfWeek) {
    /** What is written, and the values that it means. Sunday is 0. */
    public record Field(String text, BitSet values) {
        boolean has(int value) {
            return values.get(value);
        }

        boolean beginsWithStar() {
            return text.startsWith("*");
        }
    }

    static NaiveCron random(Random random) {
        return new NaiveCron(
                field(random, 0, 59, 1),
                field(random, 0, 23, 3),
                field(random, 1, 31, 5),
                field(random, 1, 12, 6),
                field(random, 0, 7, 5));
    }

    /** A field that is {@code *} so many times in ten. */
    private static Field field(Random random, int min, int max, int stars) {
        BitSet values = new BitSet();
        if (random.nextInt(10) < stars) {
            values.set(min, max + 1);
            return new Field("*", sundayIsZero(values, max));
        }
        StringBuilder text = new StringBuilder();
        do {
            text.append(text.isEmpty() ? "" : ",").append(item(random, min, max, values));
        } while (random.nextInt(3) == 0);
        return new Field(text.toString(), sundayIsZero(values, max));
    }

    private static BitSet sundayIsZero(BitSet values, int max) {
        if (max == 7 && values.get(7)) {
            values.clear(7);
            values.set(0);
        }
        return values;
    }

    private static String item(Random random, int min, int max, BitSet values) {
        int low = random.nextInt(min, max + 1);
        int high = random.nextInt(low, max + 1);
        int step = random.nextInt(1, max);
        return switch (random.nextInt(6)) {
            case 0 -> {
                set(values, min, max, step);
                yield "*/" + step;
            }
            case 1 -> {
                set(values, low, high, step);
                yield name(random, low, max) + "-" + name(random, high, max) + "/" + step;
            }
            case 2 -> {
                set(values, low, high, 1);
                yield low + "-" + high;
            }
            default -> {
                values.set(low);
                yield name(random, low, max);
            }
        };
    }

    private static void set(BitSet values, int low, int high, int step) {
        for (int value = low; value <= high; value += step) {
            values.set(value);
        }
    }

    /** Months and days also by name, except that SUN may be 0 or 7. */
    private static String name(Random random, int value, int max) {
        List<String> names = switch (max) {
            case 12 ->
                List.of(
                        "", "jan", "FEB", "Mar", "APR", "may", "JUN", "jul", "AUG", "SEP", "oct",
                        "NOV", "DEC");
            case 7 -> List.of("0", "MON", "tue", "WED", "Thu", "FRI", "sat", "7");
            default -> List.of();
        };
        return names.isEmpty() || random.nextBoolean() ? Integer.toString(value) : names.get(value);
    }

    public String expression() {
        return String.join(
                " ", minute.text(), hour.text(), dayOfMonth.text(), month.text(), dayOfWeek.text());
    }

    int timesPerDay() {
        return minute.values().cardinality() * hour.values().cardinality();
    }

    /** All instants of the local times of these days. */
    public NavigableSet<Instant> due(ZoneId zone, LocalDate begin, LocalDate end) {
        NavigableSet<Instant> due = new TreeSet<>();
        begin.datesUntil(end).filter(this::matches).forEach(day -> {
            for (int minute = 0; minute < 24 * 60; minute++) {
                if (hour.has(minute / 60) && this.minute.has(minute % 60)) {
                    add(day.atTime(minute / 60, minute % 60), zone.getRules(), due);
                }
            }
        });
        return due;
    }

    private boolean matches(LocalDate day) {
        DayOfWeek weekday = day.getDayOfWeek();
        boolean first = dayOfMonth.has(day.getDayOfMonth());
        boolean second = dayOfWeek.has(weekday.getValue() % 7);
        boolean both = dayOfMonth.beginsWithStar() || dayOfWeek.beginsWithStar();
        boolean matches = both ? first && second : first || second;
        return matches && month.has(day.getMonthValue());
    }

    private void add(LocalDateTime local, ZoneRules rules, NavigableSet<Instant> due) {
        List<ZoneOffset> offsets = rules.getValidOffsets(local);
        if (offsets.isEmpty()) {
            due.add(rules.getTransition(local).getInstant());
            return;
        }
        due.add(local.toInstant(offsets.getFirst()));
        if (hour.text().equals("*")) {
            due.add(local.toInstant(offsets.getLast()));
        }
    }
}
