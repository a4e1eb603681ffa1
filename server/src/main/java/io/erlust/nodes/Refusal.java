package io.erlust.nodes;

import io.erlust.jobs.ResultsFull;
import io.erlust.json.InvalidField;
import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.queues.QueueFull;
import io.erlust.queues.TooManyQueues;

import tools.jackson.databind.node.ObjectNode;

import java.util.concurrent.CompletionException;

/** Why a node's request was not done: a stable code for programs, a message for people. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;

    Refusal(String code, String message) {
        super(message);
        this.code = code;
    }

    static Refusal tooLarge(String message) {
        return new Refusal("too_large", message);
    }

    /** The one place where exceptions become codes of the protocol. */
    static Refusal of(Throwable why) {
        String message = String.valueOf(why.getMessage());
        return switch (why) {
            case Refusal refusal -> refusal;
            case CompletionException e when e.getCause() != null -> of(e.getCause());
            case QueueFull _ -> new Refusal("queue_full", message);
            case TooManyQueues _ -> new Refusal("too_many_queues", message);
            case ResultsFull _ -> new Refusal("results_full", message);
            case InvalidJson _ -> new Refusal("invalid_json", message);
            case InvalidField _, ProtocolViolation _ -> new Refusal("protocol", message);
            default -> new Refusal("unavailable", message); // a StoreException, or a defect
        };
    }

    /** The whole error frame, for a request or, without an id, for the connection. */
    ObjectNode frame() {
        ObjectNode frame = Json.object().put("op", "error");
        frame.putObject("error").put("code", code).put("message", getMessage());
        return frame;
    }
}
