package io.erlust.jobs;

/**
 * What each node of a job may use, with all it starts. How they are enforced depends on the level
 * of isolation.
 *
 * @param cpus how many processors; 0: as many as there are
 * @param scratchBytes the files it writes; they count as memory too
 */
public record Limits(
        long memoryBytes, int processes, double cpus, int openFiles, long scratchBytes) {
    private static final long MIB = 1 << 20;

    public static final Limits DEFAULT = new Limits(1024 * MIB, 128, 0, 1024, 256 * MIB);

    static final long BYTES_MIN = MIB;
    static final long MEMORY_BYTES_MIN = 16 * MIB;
    static final long BYTES_MAX = 1L << 44;
    static final int PROCESSES_MAX = 32_768;
    static final double CPUS_MIN = 0.1;
    static final double CPUS_MAX = 1024;
    static final int OPEN_FILES_MIN = 64;
    static final int OPEN_FILES_MAX = 1 << 20;
}
