package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Scanner;
import java.util.stream.Collectors;

/**
 * A conversation with a {@link Supervisor} as text: each line has the milliseconds, what happens,
 * and after the colon what the supervisor wants done, in this order. The time that a node has for
 * stopping is not shown: when it is killed is.
 */
final class Conversation {
    private Conversation() {}

    static void hold(Supervisor supervisor, long origin, String text) {
        List<String> heard = new ArrayList<>();
        text.lines().forEach(line -> {
            String said = line.substring(0, line.indexOf(':'));
            int space = said.indexOf(' ');
            long now = origin + Long.parseLong(said.substring(0, space)) * 1_000_000;
            List<Command> commands = supervisor.on(event(said.substring(space + 1)), now);
            heard.add((said + ": " + shown(commands)).strip());
        });
        assertThat(heard).containsExactlyElementsOf(text.lines().toList());
    }

    static Event event(String text) {
        Scanner words = new Scanner(text);
        String what = words.next();
        int rank = words.hasNextInt() ? words.nextInt() : 0;
        return switch (what) {
            case "tick" -> new Event.Tick();
            case "normal" -> new Event.Exited(rank, true, "normal", Optional.empty(), 0, "");
            case "crash" -> new Event.Exited(rank, false, "signal 11", Optional.empty(), 0, "");
            case "unstarted" -> new Event.StartFailed(rank, "no python3");
            case "cancel" -> stop(Outcome.CANCELLED, Duration.ofDays(1), StopReason.CANCELLED);
            case "signal" -> stop(Outcome.FAILED, Duration.ofDays(1), StopReason.SHUTDOWN);
            case "kill" -> stop(Outcome.INTERRUPTED, Duration.ZERO, StopReason.SHUTDOWN);
            case String other -> throw new IllegalArgumentException(other);
        };
    }

    private static Event stop(Outcome outcome, Duration grace, StopReason why) {
        return new Event.StopRequested(outcome, "on request", grace, why);
    }

    static String shown(List<Command> commands) {
        return commands.stream()
                .map(command -> switch (command) {
                    case Command.StartNode(int rank) -> "start " + rank;
                    case Command.StopNode(int rank, Duration grace, StopReason why) ->
                        "stop " + rank + " " + why.word();
                    case Command.KillNode(int rank, StopReason why) ->
                        "kill " + rank + " " + why.word();
                    case Command.EndJob(Outcome outcome, var reason) ->
                        "end " + outcome.state().wire();
                })
                .collect(Collectors.joining(", "));
    }
}
