package io.erlust.nodes.sandbox;

import io.erlust.process.Command;
import io.erlust.process.Program;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What every Linux can do: a user of its own where the server may change users, limits, no more
 * privileges. A node sees the machine's files, processes and network as that user does.
 */
final class ProcessIsolation implements Isolation {
    /** The job's variables come by file 3: none of them may reach what runs as another user. */
    private static final String WITH_VARIABLES = "eval \"$(/bin/cat <&3)\"; exec 3<&-; exec \"$@\"";

    private final Cgroups cgroups;
    private final NodeUsers users;
    private final Optional<Path> prlimit = Program.find("prlimit");

    ProcessIsolation(Cgroups cgroups, NodeUsers users) {
        this.cgroups = cgroups;
        this.users = users;
    }

    @Override
    public String level() {
        return "process";
    }

    @Override
    public String limitsBy() {
        return cgroups.kind();
    }

    @Override
    public Confined confine(Place place, Guest guest) throws IOException {
        Path work = Scratch.make(place);
        OptionalInt user = users.take();
        NodeUsers.give(work, user);
        NodeUsers.give(place, user);
        Optional<Cgroup> cgroup = cgroups.create(place.name(), guest.limits());
        List<String> words = new ArrayList<>(Prelude.shell(guest.limits(), cgroup));
        words.addAll(users.words(user));
        // without a user of their own, all of the server's user would be counted
        words.addAll(Prelude.resourceLimits(
                guest.limits(), cgroups.controllers(), prlimit, users.areOwn()));
        words.addAll(List.of("/bin/sh", "-c", WITH_VARIABLES, "sh"));
        words.addAll(guest.words());
        Map<String, String> variables = Scratch.variables(place, guest);
        Map<String, String> outside = Map.of(
                "PATH",
                "/usr/local/bin:/usr/bin:/bin",
                SOCKET_VARIABLE,
                place.socket().toString());
        StringBuilder exports = new StringBuilder();
        variables.forEach((name, value) -> exports.append("export ")
                .append(name)
                .append('=')
                .append(Prelude.quoted(value))
                .append('\n'));
        Command command = new Command(words, work, outside, exports.toString());
        return new Confined(command, cgroup, 0, () -> users.release(user));
    }
}
