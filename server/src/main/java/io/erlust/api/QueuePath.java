package io.erlust.api;

import io.erlust.api.http.Exchange;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.api.http.Query;
import io.erlust.json.InvalidField;
import io.erlust.queues.QueueName;
import io.erlust.queues.QueueStats;
import io.erlust.queues.Queues;

/** Which queue a request is about. */
final class QueuePath {
    private final Queues queues;

    QueuePath(Queues queues) {
        this.queues = queues;
    }

    /** A name that may or may not exist. */
    static QueueName name(Exchange exchange) {
        try {
            return new QueueName(exchange.path("name"));
        } catch (InvalidField e) {
            throw Query.invalid("name", e.expected(), e.got());
        }
    }

    QueueStats existing(Exchange exchange) {
        QueueName name = name(exchange);
        return queues.stats(name)
                .orElseThrow(() -> Problem.of(
                        ProblemType.QUEUE_NOT_FOUND,
                        "expected the name of a queue that exists, got \"" + name
                                + "\"; a put or PUT /v1/queues/" + name + " creates it"));
    }
}
