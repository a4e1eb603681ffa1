package io.erlust.supervision;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobNotFound;
import io.erlust.jobs.JobState;
import io.erlust.jobs.JobStateConflict;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.spec.JobId;
import io.erlust.store.StoreException;
import io.erlust.time.MonotonicClock;
import io.erlust.time.Pace;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One run of a job on this server: one thread that tells a {@link Supervisor} what happened and
 * does what it says. Other threads only put messages into its mailbox.
 */
final class RunningJob {
    private static final Logger log = LoggerFactory.getLogger(RunningJob.class);
    private static final Duration STORE_RETRY = Duration.ofSeconds(1);

    /** No other bound on how long nodes may take to stop than the job's own. */
    private static final Duration AS_CONFIGURED = Duration.ofDays(366);

    /** What a running job needs of its server. */
    record Setting(
            Jobs jobs,
            JobEvents events,
            NodeStarter starter,
            MonotonicClock clock,
            NodeSlots slots) {}

    private final Setting setting;
    private final JobId id;
    private final int run;
    private final List<LiveNode> nodes;

    /** At most a few messages for each event of a node's life, and one for its progress. */
    private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();

    /** Items acknowledged by all nodes of the run. */
    private final AtomicLong acknowledged = new AtomicLong();

    /** How fast that grows. */
    private final Pace itemPace;

    private volatile boolean abandoned;

    // The job's thread only:
    private final Supervisor supervisor;
    private Job job;
    private Command.@Nullable EndJob end;

    /** @param available the job as found; its slots are taken */
    RunningJob(Job available, Setting setting) {
        this.setting = setting;
        this.itemPace = new Pace(setting.clock());
        this.job = available;
        this.id = available.id();
        this.run = available.run();
        this.nodes = IntStream.range(0, available.spec().nodes())
                .mapToObj(rank -> new LiveNode(rank, setting.clock()))
                .toList();
        this.supervisor = Supervisor.of(
                available.spec().restart(), nodes.size(), now(), new SplittableRandom());
    }

    /** What its nodes do now. Any thread. */
    List<NodeStatus> nodes() {
        return nodes.stream().map(LiveNode::status).toList();
    }

    /** How many items they finish a second. Any thread. */
    OptionalDouble itemRate() {
        return itemPace.perSecond();
    }

    /** Any thread. */
    void cancel(String reason) {
        stop(Outcome.CANCELLED, reason, AS_CONFIGURED, StopReason.CANCELLED);
    }

    /** A linked job ended badly. Any thread. */
    void signal(String reason) {
        stop(Outcome.FAILED, reason, AS_CONFIGURED, StopReason.SHUTDOWN);
    }

    /** The server stops; the job is to go on when it is there again. Any thread. */
    void interrupt(Duration grace) {
        String reason = "its server stopped; it goes on when a server starts";
        stop(Outcome.INTERRUPTED, reason, grace, StopReason.SHUTDOWN);
    }

    /** Nobody waits for it any longer: if the store is away, the next start finds it running. */
    void abandon() {
        abandoned = true;
        interrupt(Duration.ZERO);
    }

    private void stop(Outcome outcome, String reason, Duration grace, StopReason why) {
        mailbox.add(() -> tell(new Event.StopRequested(outcome, reason, grace, why)));
    }

    /** Runs the job to its end. The thread of the job. */
    void run() {
        try {
            if (move(JobState.RUNNING, Optional.empty())) {
                supervise();
                finish();
            }
        } catch (RuntimeException | Error e) { // whatever it is: a job does not stay running
            log.error("job {}: its supervision failed", id, e);
            fail("internal error: " + e);
        } finally {
            nodes.forEach(this::releaseSlot);
        }
    }

    private void supervise() {
        OptionalLong timeout = deadline();
        boolean inTime = true;
        drain();
        tell(new Event.Tick());
        while (end == null) {
            OptionalLong next = supervisor.next();
            if (inTime && timeout.isPresent()) {
                long at = timeout.getAsLong();
                next = next.isEmpty() || at - next.getAsLong() < 0 ? timeout : next;
                if (at - now() <= 0) {
                    inTime = false;
                    String reason =
                            "timeout after " + job.spec().life().timeout().orElseThrow();
                    tell(new Event.StopRequested(
                            Outcome.FAILED, reason, AS_CONFIGURED, StopReason.TIMEOUT));
                    continue;
                }
            }
            Runnable message = await(next);
            if (message == null) {
                tell(new Event.Tick());
            } else {
                message.run();
            }
        }
    }

    private OptionalLong deadline() {
        return job.spec()
                .life()
                .timeout()
                .map(timeout -> OptionalLong.of(now() + timeout.toNanos()))
                .orElse(OptionalLong.empty());
    }

    private @Nullable Runnable await(OptionalLong until) {
        try {
            return until.isEmpty()
                    ? mailbox.take()
                    : mailbox.poll(until.getAsLong() - now(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the thread of a job", e);
        }
    }

    private void drain() {
        for (Runnable message = mailbox.poll(); message != null; message = mailbox.poll()) {
            message.run();
        }
    }

    private void tell(Event event) {
        if (end == null) {
            supervisor.on(event, now()).forEach(this::execute);
        }
    }

    private void execute(Command command) {
        switch (command) {
            case Command.StartNode(int rank) -> start(nodes.get(rank));
            case Command.StopNode(int rank, Duration grace, StopReason why) -> {
                NodeStarter.Handle handle = nodes.get(rank).handle;
                if (handle != null) {
                    handle.stop(grace, why);
                }
            }
            case Command.KillNode(int rank, StopReason why) -> {
                NodeStarter.Handle handle = nodes.get(rank).handle;
                if (handle != null) {
                    handle.kill(why);
                }
            }
            case Command.EndJob ending -> end = ending;
        }
    }

    private void start(LiveNode node) {
        if (node.process != null) {
            show(node, node.record().startedAgain());
        }
        NodeProcess process = new NodeProcess(node);
        node.begin(process);
        try {
            node.handle = setting.starter().start(job, node.record(), process);
        } catch (RuntimeException e) {
            log.warn("job {}: node {} could not be started", id, node.record().rank(), e);
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            mailbox.add(() -> startFailed(process, why));
        }
    }

    private void startFailed(NodeProcess process, String why) {
        int rank = process.node.record().rank();
        gone(process, new Event.StartFailed(rank, why), "start_failed: " + why, "");
    }

    private void ended(NodeProcess process, NodeStarter.Ended how) {
        Event.Exited event = new Event.Exited(
                process.node.record().rank(),
                how.normal(),
                how.exit(),
                how.itemInHand(),
                acknowledged.get(),
                how.stderr());
        gone(process, event, how.exit(), how.normal() ? "" : how.stderr());
    }

    /** Shows what became of a process before anything that follows from it is done. */
    private void gone(NodeProcess process, Event event, String exit, String stderr) {
        LiveNode node = process.node;
        if (node.process != process || end != null) {
            return;
        }
        node.handle = null;
        List<Command> commands = supervisor.on(event, now());
        nodes.stream()
                .filter(each -> supervisor.isGoneForGood(each.record().rank()))
                .forEach(this::releaseSlot); // who sees that it has ended can count on its place
        NodeStatus before = node.record();
        boolean hasEnded = supervisor.hasEnded(before.rank());
        show(node, hasEnded ? before.ended(exit, stderr) : before.restarting(exit, stderr));
        commands.forEach(this::execute);
    }

    private void releaseSlot(LiveNode node) {
        if (!node.slotReleased) {
            node.slotReleased = true;
            setting.slots().release(1);
        }
    }

    private void show(LiveNode node, NodeStatus status) {
        node.show(status);
        setting.events().publish(new JobEvent.NodeChanged(id, run, node.status()));
    }

    private void finish() {
        Command.EndJob ending = end;
        if (ending != null) {
            for (LiveNode node : nodes) {
                if (!node.record().state().equals("ended")) {
                    show(node, node.record().ended(Optional.empty()));
                }
            }
            move(ending.outcome().state(), ending.reason());
        }
    }

    /** After a defect of ours: no process may stay. */
    private void fail(String reason) {
        for (LiveNode node : nodes) {
            NodeStarter.Handle handle = node.handle;
            if (handle != null) {
                handle.kill(StopReason.SHUTDOWN);
            }
        }
        try {
            move(JobState.FAILED, Optional.of(reason));
        } catch (RuntimeException e) {
            log.error("job {}: it stays running until the next start of the server", id, e);
        }
    }

    /** False when the job is no longer ours to move; waits for a store that is away. */
    private boolean move(JobState to, Optional<String> reason) {
        while (true) {
            try {
                job = setting.jobs().move(id, run, to, reason, records(to));
                return true;
            } catch (JobStateConflict | JobNotFound e) {
                log.info("job {}: {}", id, e.getMessage());
                return false;
            } catch (StoreException e) {
                log.warn("job {} can't be {} now: {}", id, to.wire(), e.getMessage());
                if (abandoned) {
                    return false;
                }
                pause();
            }
        }
    }

    /** What is kept of its nodes; nothing of them goes on when the job is available again. */
    private List<NodeStatus> records(JobState to) {
        return to == JobState.AVAILABLE
                ? List.of()
                : nodes.stream().map(LiveNode::record).toList();
    }

    private void pause() {
        Runnable message = await(OptionalLong.of(now() + STORE_RETRY.toNanos()));
        if (message != null) {
            message.run();
        }
    }

    private long now() {
        return setting.clock().nanos();
    }

    /** One process of a node: turns what it tells into messages to the job's thread. */
    private final class NodeProcess implements NodeStarter.Listener {
        private final LiveNode node;

        /** Progress that the job's thread has not shown yet: only the latest counts. */
        private final AtomicReference<NodeStatus.@Nullable Progress> latest =
                new AtomicReference<>();

        NodeProcess(LiveNode node) {
            this.node = node;
        }

        @Override
        public void started(long pid) {
            change(() -> node.record().started(pid));
        }

        @Override
        public void ready() {
            change(() -> node.record().running());
        }

        @Override
        public void progress(NodeStatus.Progress progress) {
            if (latest.getAndSet(progress) == null) {
                change(() -> {
                    NodeStatus.Progress now = latest.getAndSet(null);
                    if (now == null) {
                        return node.record();
                    }
                    node.reached(now.done());
                    return node.record().at(now);
                });
            }
        }

        @Override
        public void acknowledged(long items) {
            node.items.addAndGet(items);
            acknowledged.addAndGet(items);
            itemPace.move(items);
        }

        @Override
        public void ended(NodeStarter.Ended how) {
            mailbox.add(() -> RunningJob.this.ended(this, how));
        }

        private void change(Supplier<NodeStatus> status) {
            mailbox.add(() -> {
                if (node.process == this && end == null) {
                    show(node, status.get());
                }
            });
        }
    }
}
