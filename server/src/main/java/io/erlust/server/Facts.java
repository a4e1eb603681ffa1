package io.erlust.server;

import io.erlust.api.ServerFacts;
import io.erlust.callbacks.CallbackCounters;
import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.nodes.Languages;
import io.erlust.nodes.sandbox.Isolation;
import io.erlust.retention.Retention;
import io.erlust.schedule.JobStager;
import io.erlust.store.Database;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the server tells about itself. */
final class Facts implements ServerFacts {
    private final Database database;
    private final JobStager stager;
    private final CallbackDispatcher callbacks;
    private final Retention retention;
    private final SortedSet<String> languages;
    private final Isolation isolation;
    private final int nodesMax;
    private final Instant startedAt;
    private volatile boolean stopping;

    Facts(
            Database database,
            JobStager stager,
            CallbackDispatcher callbacks,
            Retention retention,
            Languages languages,
            Isolation isolation,
            int nodesMax,
            Instant startedAt) {
        this.database = database;
        this.stager = stager;
        this.callbacks = callbacks;
        this.retention = retention;
        this.languages = new TreeSet<>(languages.names());
        this.isolation = isolation;
        this.nodesMax = nodesMax;
        this.startedAt = startedAt;
    }

    void stopping() {
        stopping = true;
    }

    static String programVersion() {
        String version = Facts.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String version() {
        return programVersion();
    }

    @Override
    public String name() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Override
    public Instant startedAt() {
        return startedAt;
    }

    @Override
    public String isolation() {
        return isolation.level();
    }

    @Override
    public String nodeLimitsBy() {
        return isolation.limitsBy();
    }

    @Override
    public List<String> languages() {
        return List.copyOf(languages);
    }

    @Override
    public int nodesMax() {
        return nodesMax;
    }

    @Override
    public Optional<String> notReady() {
        return stopping ? Optional.of("the server is stopping") : database.trouble();
    }

    @Override
    public List<TaskCounts> tasks() {
        Database.Counts store = database.counts();
        JobStager.Counts staged = stager.counts();
        CallbackCounters sent = callbacks.counters();
        List<TaskCounts> tasks = new ArrayList<>();
        tasks.add(new TaskCounts("store-commits", store.commits(), store.failedCommits()));
        tasks.add(new TaskCounts("job-stager", staged.runs(), staged.failures()));
        tasks.add(new TaskCounts("callbacks", sent.delivered(), sent.failedAttempts()));
        for (Retention.Counts task : retention.counts()) {
            tasks.add(new TaskCounts(
                    task.name(), task.runs(), task.failures(), OptionalLong.of(task.removed())));
        }
        return tasks;
    }
}
