package io.erlust.retention;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Logs that are only sizes. */
final class KeptInMemory implements RunLogs {
    final Map<Long, Map<Integer, Long>> sizes = new TreeMap<>();
    long written;
    int measured;
    boolean isBroken;

    void print(long serial, int run, long bytes) {
        sizes.computeIfAbsent(serial, key -> new TreeMap<>()).merge(run, bytes, Long::sum);
        written += bytes;
    }

    @Override
    public long writtenBytes() {
        return written;
    }

    @Override
    public List<Long> jobs() {
        measured++;
        return new ArrayList<>(sizes.keySet());
    }

    @Override
    public Map<Integer, Long> runs(long serial) {
        return Map.copyOf(sizes.getOrDefault(serial, Map.of()));
    }

    @Override
    public long delete(long serial, int run) throws IOException {
        if (isBroken) {
            throw new IOException("the disk is broken");
        }
        Long bytes = sizes.getOrDefault(serial, new HashMap<>()).remove(run);
        return bytes == null ? 0 : bytes;
    }

    @Override
    public void deleteJob(long serial) throws IOException {
        if (isBroken) {
            throw new IOException("the disk is broken");
        }
        sizes.remove(serial);
    }
}
