package io.erlust.retention;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What the nodes of runs printed, kept somewhere. A job is named by its serial. */
public interface RunLogs {
    /** How much was printed since the start of the server; only grows, and costs nothing to ask. */
    long writtenBytes();

    /** The jobs that have logs. */
    List<Long> jobs() throws IOException;

    /** The runs of a job that have logs, and how much space each takes. */
    Map<Integer, Long> runs(long serial) throws IOException;

    /** Deletes the logs of a run; answers how much space they took. */
    long delete(long serial, int run) throws IOException;

    /** Deletes all that is there of a job. */
    void deleteJob(long serial) throws IOException;
}
