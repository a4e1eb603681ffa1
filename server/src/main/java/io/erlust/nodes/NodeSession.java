package io.erlust.nodes;

import io.erlust.jobs.NodeStatus.Progress;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;
import io.erlust.store.Work;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The server's end of one node's connection: it reads the node's frames and does what they ask, in
 * their order. Fields without another word belong to the thread that runs {@link #run}.
 */
final class NodeSession implements NodeSocket.Quiet {
    private static final Logger log = LoggerFactory.getLogger(NodeSession.class);
    private static final Lines NOTHING = new Lines(new byte[0], new int[0]);

    /** A node that keeps no hand file gets one item at a time. */
    private static final int WINDOW_MAX = 4096;

    private static final int NOTE_CHARS_MAX = 1000;

    private final NodeSpec node;
    private final NodeStores stores;
    private final NodeListener listener;
    private final NodeSocket socket;
    private final HandFile hand;
    private final FrameReader reader;
    private final Outbound outbound = new Outbound();
    private final Effects effects = new Effects();
    private final Feeds feeds;
    private final Thread writer;
    private final Set<QueueName> produced = new HashSet<>();
    private final boolean keepsHand;
    private final boolean network;
    private boolean ready;

    /** A put may be under way; it becomes durable in no order with the works of this session. */
    private boolean putting;

    /** An item that failed may wait behind effects: an acknowledgement must not take it. */
    private boolean failing;

    /** The first request that was not answered when the connection ended. */
    private long unansweredAtEnd;

    private volatile boolean done;
    private volatile boolean stopping;
    private Optional<String> fault = Optional.empty();

    NodeSession(
            NodeSpec node, NodeStores stores, NodeListener listener, NodeProcess.Connection end) {
        this.node = node;
        this.stores = stores;
        this.listener = listener;
        this.socket = end.socket();
        this.reader = end.reader();
        this.hand = end.hand();
        this.keepsHand = end.keepsHand();
        this.network = end.network();
        this.writer = Thread.ofPlatform()
                .name("node-writer-" + node.job() + "-" + node.rank())
                .daemon()
                .unstarted(new FrameWriter(outbound, socket));
        this.feeds = new Feeds(node, stores.queues(), listener, outbound, effects);
    }

    /** The node finished its work and said so. */
    boolean isDone() {
        return done;
    }

    /** What the node did that ended its connection. */
    Optional<String> fault() {
        return fault;
    }

    /** Asks the node to end; from any thread. */
    void stop(Duration grace) {
        stopping = true;
        ObjectNode frame = Json.object().put("op", "stop").put("grace_ms", grace.toMillis());
        outbound.addFirst(Outbound.control(frame));
    }

    /** Tells a node that has said hello what it is to run. */
    void begin() {
        outbound.add(start());
        writer.start();
    }

    /** Then serves its connection, to its end. */
    void run() throws InterruptedException {
        try {
            socket.watch(this);
            serve();
        } catch (ProtocolViolation e) {
            fault = Optional.ofNullable(e.getMessage());
            outbound.add(Outbound.control(Refusal.of(e).frame()));
        } catch (IOException e) {
            log.debug("node {} of job {}: {}", node.rank(), node.job(), e.toString());
        } finally {
            close();
        }
    }

    private void close() throws InterruptedException {
        reader.release();
        unansweredAtEnd = effects.firstUnanswered();
        outbound.finish();
        if (fault.isEmpty() || !writer.join(Duration.ofSeconds(1))) {
            outbound.abandon();
        }
        try {
            socket.disconnect();
        } catch (IOException e) {
            log.debug("closing a node's connection: {}", e.toString());
        }
        writer.join();
    }

    private Outbound.Start start() {
        ObjectNode header = Json.object()
                .put("op", "start")
                .put("job", node.job().value())
                .put("run", node.run())
                .put("rank", node.rank())
                .put("size", node.size())
                .put("epoch", node.epoch())
                .put("queue", node.queue().value())
                .put("item_bytes_max", Queues.ITEM_BYTES_MAX)
                .put("network", network)
                .put("n", StartPayload.LINES);
        return new Outbound.Start(Outbound.control(header), node.payload());
    }

    private void serve() throws IOException, InterruptedException {
        while (true) {
            outbound.awaitRoom();
            effects.awaitRoom();
            Header header = reader.header();
            if (header == null) {
                return;
            }
            int n = header.count(FrameReader.PAYLOAD_LINES_MAX);
            Lines payload = n == 0 ? NOTHING : reader.payload(n);
            if (payload == null) {
                return;
            }
            handle(header, payload);
            if (reader.isLarge()) {
                effects.awaitAll(); // until then they hold the frame
                reader.release();
            }
        }
    }

    private void handle(Header header, Lines payload) throws InterruptedException {
        switch (header.op()) {
            case "get" -> {
                if (!stopping) {
                    feeds.get(header.queue(), keepsHand ? WINDOW_MAX : 1);
                }
            }
            case "wait" -> feeds.await(header.queue());
            case "ack" -> feeds.ack(header.queue(), header.upto());
            case "nack" -> {
                failing = true;
                feeds.nack(header.queue(), header.seq(), header.error());
            }
            case "put" -> put(header, payload);
            case "emit" -> emit(header, payload);
            case "done" -> done(header, payload);
            case "q_close" -> close(header.queue(), header.optionalUpto());
            case "progress" -> progress(header);
            case "ready" -> ready();
            default -> {
                if (header.hasId()) {
                    Refusal unknown = new Refusal("unknown_op", "no such op: " + header.op());
                    request(header.id(), 0, CompletableFuture.failedFuture(unknown), () -> {});
                }
            }
        }
    }

    private void ready() {
        if (!ready) {
            ready = true;
            listener.ready();
        }
    }

    private void progress(Header header) {
        Optional<String> note = header.note()
                .map(text -> text.substring(0, Math.min(NOTE_CHARS_MAX, text.length())));
        listener.progress(new Progress(header.done(), header.total(), note));
    }

    // --- effects of the node -----------------------------------------------------------------

    /** Answers when the outcome is there, in the order of the requests. */
    private void request(long id, int bytes, CompletableFuture<?> outcome, Runnable accepted) {
        effects.add(outcome, bytes, why -> {
            if (why == null) {
                accepted.run();
                outbound.ok(id);
            } else {
                outbound.refused(id, Refusal.of(why));
            }
        });
    }

    private void put(Header header, Lines items) throws InterruptedException {
        long id = header.id();
        awaitBefore(header);
        CompletableFuture<?> outcome;
        try {
            check(items);
            QueueName queue = header.queue();
            Optional<Feed> acknowledged = acknowledged(header);
            produce(queue);
            putting = true;
            CompletableFuture<@Nullable Void> stored = stores.queues().put(queue, items);
            outcome = acknowledged.isEmpty()
                    ? stored
                    : stored.thenCompose(_ -> step(acknowledged, header.upto(), NOTHING, header));
        } catch (RuntimeException e) {
            outcome = CompletableFuture.failedFuture(e);
        }
        request(id, items.bytes().length, outcome, () -> {});
    }

    private void emit(Header header, Lines values) throws InterruptedException {
        long id = header.id();
        request(id, values.bytes().length, results(header, values), () -> {});
    }

    private void done(Header header, Lines values) throws InterruptedException {
        long id = header.id();
        request(id, values.bytes().length, results(header, values), () -> done = true);
    }

    private CompletableFuture<?> results(Header header, Lines values) throws InterruptedException {
        awaitBefore(header);
        try {
            check(values);
            Optional<Feed> acknowledged = acknowledged(header);
            long upto = acknowledged.isPresent() ? header.upto() : 0;
            return step(acknowledged, upto, values, header);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * A step must not overtake a put or a failure before it; works of this session keep their order
     * anyway.
     */
    private void awaitBefore(Header header) throws InterruptedException {
        if ((putting || failing) && header.acknowledges().isPresent()) {
            effects.awaitAll();
            putting = false;
            failing = false;
        }
    }

    private CompletableFuture<?> step(
            Optional<Feed> acknowledged, long upto, Lines values, Header header) {
        long before = effects.firstUnanswered();
        Optional<Feed.Covered> covered = acknowledged.flatMap(feed -> feed.cover(upto));
        if (values.count() == 0 && covered.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        Work<@Nullable Void> ack = covered.isPresent()
                ? acknowledged.orElseThrow().subscription().acking(covered.get().ordinal())
                : null;
        StepWork work = new StepWork(
                node,
                stores,
                values,
                header.items(values.count()),
                ack,
                () -> ack != null && effects.isRefusedSince(before));
        CompletableFuture<Long> stored = stores.database().submit(work);
        covered.ifPresent(part -> {
            var _ = stored.thenAccept(_ -> listener.acknowledged(part.items()));
        });
        return stored;
    }

    private Optional<Feed> acknowledged(Header header) {
        return header.acknowledges().map(this::feed);
    }

    private Feed feed(QueueName queue) {
        return feeds.find(queue)
                .orElseThrow(() -> new ProtocolViolation(
                        "q_ack: expected a queue it gets from, got " + queue));
    }

    private static void check(Lines lines) {
        int longest = lines.lengthMax();
        if (longest > Queues.ITEM_BYTES_MAX) {
            throw Refusal.tooLarge("expected at most " + Queues.ITEM_BYTES_MAX
                    + " bytes of JSON (item_bytes_max), got " + longest);
        }
        lines.check();
    }

    private void produce(QueueName queue) {
        if (produced.contains(queue)) {
            return;
        }
        if (produced.size() >= Feeds.QUEUES_MAX) {
            throw Refusal.tooLarge(
                    "expected at most " + Feeds.QUEUES_MAX + " queues a node puts to");
        }
        stores.queues().addProducer(queue, node.owner());
        produced.add(queue);
    }

    private void close(QueueName queue, OptionalLong upto) throws InterruptedException {
        upto.ifPresent(seq -> feeds.ack(queue, seq));
        effects.awaitAll();
        putting = false;
        feeds.close(queue);
        if (produced.remove(queue)) {
            stores.queues().removeProducer(queue, node.owner());
        }
    }

    // --- the hand file -----------------------------------------------------------------------

    @Override
    public boolean isWatched() {
        return keepsHand && feeds.isWorking();
    }

    @Override
    public Runnable look() {
        long finished = hand.read().done();
        return () -> feeds.ackUpTo(finished);
    }

    /** The item that its code works on, by its seq; 0 when there is none. Any thread. */
    long inHand() {
        long seq = keepsHand ? hand.read().hand() : feeds.firstOpen();
        return feeds.isOpen(seq) ? seq : 0;
    }

    boolean handFileHasGrown() {
        return hand.hasGrown();
    }

    // --- the end -----------------------------------------------------------------------------

    /** Nothing of the node runs any more: everything it sent is settled and read. */
    void settle() throws InterruptedException {
        effects.awaitAll();
        if (keepsHand && !effects.isRefusedSince(unansweredAtEnd)) {
            feeds.ackUpTo(hand.read().done());
        }
        effects.awaitAll();
    }

    /**
     * Gives back what the node did not acknowledge: marked, where its code may have seen it.
     *
     * @param error charges the item in hand with this; nothing is charged when it is null
     * @return the id of the item that was charged
     */
    Optional<String> giveBack(@Nullable ObjectNode error) {
        long inHand = keepsHand ? hand.read().hand() : feeds.firstOpen();
        return feeds.end(inHand, error == null ? null : Json.text(error));
    }

    /** It will put to no queue again. */
    void removeProducer() {
        produced.forEach(queue -> stores.queues().removeProducer(queue, node.owner()));
    }
}
