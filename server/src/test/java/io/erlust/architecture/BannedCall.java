package io.erlust.architecture;

import java.util.Optional;
import java.util.regex.Pattern;

/** Calls that have a better replacement here, and where they are allowed all the same. */
enum BannedCall {
    SLEEP(
            "Thread\\.sleep\\(",
            "",
            "Thread.sleep: wait for a signal (Semaphore, Condition; Awaitility in tests)"),
    WALL_TIME(
            "(System\\.currentTimeMillis|Clock\\.system\\w*"
                    + "|(Instant|(Local|Offset|Zoned)Date(Time)?)\\.now)\\(",
            "io/erlust/time/|/test/",
            "the wall clock: be given an io.erlust.time.WallClock"),
    MONOTONIC_TIME(
            "System\\.nanoTime\\(",
            "io/erlust/time/|/test/",
            "System.nanoTime: be given an io.erlust.time.MonotonicClock"),
    OUTPUT(
            "System\\.(out|err)\\..*",
            "io/erlust/cli/|/test/",
            "System.out: log with slf4j; only cli prints"),
    STACK_TRACE("(.*\\.)?printStackTrace\\(.*", "", "printStackTrace: log it, or let it go up"),
    NEW_THREAD("new Thread\\(", "", "new Thread: Thread.ofVirtual() or ofPlatform(), with a name"),
    POOL(
            "Executors\\.new(Cached|Fixed|Scheduled|WorkStealing)\\w*Pool\\(.*",
            "",
            "a thread pool: a virtual thread for each task, newVirtualThreadPerTaskExecutor()"),
    COMMON_POOL(
            "CompletableFuture\\.(supply|run)Async\\(.*",
            "",
            "the common pool: run it in a virtual thread and complete the future"),
    EXIT(
            "(System\\.exit|Runtime\\.getRuntime\\(\\)\\.halt)\\(.*",
            "io/erlust/cli/Main|io/erlust/store/Database|/test/",
            "exit: only Main ends the program"),
    LOCALE(
            "String\\.format\\((?!Locale\\.).*",
            "",
            "String.format without a Locale: give Locale.ROOT, or output differs by machine");

    private final Pattern call;
    private final Pattern allowed;
    private final String instead;

    BannedCall(String call, String allowedIn, String instead) {
        this.call = Pattern.compile(call + (call.endsWith(".*") ? "" : ".*"), Pattern.DOTALL);
        this.allowed = Pattern.compile(allowedIn.isEmpty() ? "(?!)" : allowedIn);
        this.instead = instead;
    }

    /** @param text what is called with its first argument, as {@code Thread.sleep(100} */
    static Optional<BannedCall> in(String path, String text) {
        for (BannedCall banned : values()) {
            if (banned.call.matcher(text).matches()
                    && !banned.allowed.matcher(path).find()) {
                return Optional.of(banned);
            }
        }
        return Optional.empty();
    }

    String instead() {
        return instead;
    }
}
