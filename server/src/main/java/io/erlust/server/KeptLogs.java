package io.erlust.server;

import io.erlust.nodes.NodeLogs;
import io.erlust.retention.RunLogs;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The logs of nodes, as the log pruner sees them. */
record KeptLogs(NodeLogs logs) implements RunLogs {
    @Override
    public long writtenBytes() {
        return logs.writtenBytes();
    }

    @Override
    public List<Long> jobs() throws IOException {
        return logs.jobs();
    }

    @Override
    public Map<Integer, Long> runs(long serial) throws IOException {
        return logs.runs(serial);
    }

    @Override
    public long delete(long serial, int run) throws IOException {
        return logs.delete(serial, run);
    }

    @Override
    public void deleteJob(long serial) throws IOException {
        logs.deleteJob(serial);
    }
}
