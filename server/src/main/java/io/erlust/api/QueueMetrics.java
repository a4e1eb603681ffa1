package io.erlust.api;

import io.erlust.metrics.Metrics;
import io.erlust.queues.QueueStats;
import io.erlust.queues.Queues;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/** The queues in {@code /metrics}: sums over all of them, and the fullest ones by name. */
final class QueueMetrics {
    /** Names are the clients' to invent, so only so many become label values at one time. */
    private static final int NAMED_MAX = 20;

    private final Queues queues;

    QueueMetrics(Queues queues) {
        this.queues = queues;
    }

    void register(Metrics metrics) {
        metrics.gauge("erlust_queues", "Queues", () -> queues.list().size());
        metrics.gauges(
                "erlust_queue_items_all", "Items of all queues by state", this::sums, "state");
        metrics.gauges(
                "erlust_queue_items",
                "Items by state of the " + NAMED_MAX + " queues that hold most",
                this::fullest,
                "queue",
                "state");
    }

    private void sums(Metrics.Sample sample) {
        List<QueueStats> all = queues.list();
        sample.value(sum(all, QueueStats::ready), "ready");
        sample.value(sum(all, QueueStats::inHand), "in_hand");
        sample.value(sum(all, QueueStats::retrying), "retrying");
        sample.value(sum(all, QueueStats::dead), "dead");
    }

    private static long sum(List<QueueStats> all, ToLongFunction<QueueStats> count) {
        return all.stream().mapToLong(count).sum();
    }

    private void fullest(Metrics.Sample sample) {
        queues.list().stream()
                .sorted(Comparator.comparingLong(QueueMetrics::items).reversed())
                .limit(NAMED_MAX)
                .forEach(queue -> {
                    String name = queue.name().value();
                    sample.value(queue.ready(), name, "ready");
                    sample.value(queue.inHand(), name, "in_hand");
                    sample.value(queue.retrying(), name, "retrying");
                    sample.value(queue.dead(), name, "dead");
                });
    }

    private static long items(QueueStats queue) {
        return queue.ready() + queue.inHand() + queue.retrying() + queue.dead();
    }
}
