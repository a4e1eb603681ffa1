package io.erlust.nodes.sandbox;

import io.erlust.jobs.Limits;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
                .append("; ulimit -f ")
                .append(limits.scratchBytes() / BLOCK_BYTES)
                .append("; echo " + OOM_SCORE + " >/proc/self/oom_score_adj; ");
        for (Path file : cgroup.map(Cgroup::joinFiles).orElse(List.of())) {
            script.append("echo 0 >").append(quoted(file.toString())).append("; ");
        }
        script.append("exec \"$@\" 3<&0 </dev/null");
        return List.of("/bin/sh", "-c", script.toString(), "sh");
    }

    /** Where no cgroup limits it, the kernel does, each process for itself. */
    static List<String> resourceLimits(
            Limits limits, Optional<Cgroup> cgroup, Optional<Path> prlimit, boolean processes) {
        List<String> words = new ArrayList<>();
        if (cgroup.isEmpty() && prlimit.isPresent()) {
            words.add(prlimit.get().toString());
            words.add("--data=" + limits.memoryBytes());
            if (processes) {
                words.add("--nproc=" + limits.processes());
            }
            words.add("--");
        }
        return words;
    }

    /** A word of a shell's script. */
    static String quoted(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }
}
