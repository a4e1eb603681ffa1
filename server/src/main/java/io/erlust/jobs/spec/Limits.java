package io.erlust.jobs.spec;

/**
 * What each node of a job may use, with all it starts. How they are enforced depends on the level
 * of isolation.
 *
 * @param memoryBytes of all its processes together, where cgroups hold it; else of each
 * @param processes and threads
 * @param cpus how many processors; 0: as many as there are
 * @param openFiles of each process
 * @param scratchBytes {@code /tmp} of a sandbox, and {@code /dev/shm} again, which count as memory
 *     too; without a sandbox, each file
 */
public record Limits(
        long memoryBytes, int processes, double cpus, int openFiles, long scratchBytes) {
    /** The same, for a node whose sandbox needs so many processes itself. */
    public Limits plusProcesses(int more) {
        return new Limits(memoryBytes, processes + more, cpus, openFiles, scratchBytes);
    }

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
