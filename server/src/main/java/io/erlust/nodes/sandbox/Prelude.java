package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The words that go before a confined program: what it may not change comes first. */
final class Prelude {
    /** A process of a node is to be killed before the server, and before most others. */
    private static final int OOM_SCORE = 900;

    private static final int BLOCK_BYTES = 512;

    private Prelude() {}

    /**
     * A shell that limits itself, joins the cgroup, hands its input on as file 3, and becomes the
     * words after it.
     */
    static List<String> shell(Limits limits, Optional<Cgroup> cgroup) {
        StringBuilder script = new StringBuilder("set -e; ulimit -c 0; ulimit -n ")
                .append(limits.openFiles())
                .append(" 2>/dev/null || :; ulimit -f ")
                .append(limits.scratchBytes() / BLOCK_BYTES)
                .append("; echo " + OOM_SCORE + " >/proc/self/oom_score_adj; ");
        for (Path file : cgroup.map(Cgroup::joinFiles).orElse(List.of())) {
            script.append("echo 0 >").append(quoted(file.toString())).append("; ");
        }
        script.append("exec \"$@\" 3<&0 </dev/null");
        return List.of("/bin/sh", "-c", script.toString(), "sh");
    }

    /**
     * What no cgroup limits, the kernel limits for each process by itself.
     *
     * @param controllers of the cgroups there are
     * @param processes whether the processes of its user can be counted
     */
    static List<String> resourceLimits(
            Limits limits, Set<String> controllers, Optional<Path> prlimit, boolean processes) {
        if (prlimit.isEmpty() || controllers.containsAll(Set.of("memory", "pids"))) {
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of(prlimit.get().toString()));
        if (!controllers.contains("memory")) {
            words.add("--data=" + limits.memoryBytes());
        }
        if (!controllers.contains("pids") && processes) {
            words.add("--nproc=" + limits.processes());
        }
        words.add("--");
        return words;
    }

    /** A word of a shell's script. */
    static String quoted(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }
}
