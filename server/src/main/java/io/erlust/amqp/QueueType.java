package io.erlust.amqp;

import com.rabbitmq.client.Connection;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which kind of queue is made in the broker; one that is there already is used as it is. */
public enum QueueType {
    /** Quorum queues where the broker has them: RabbitMQ 3.8 or later. */
    AUTO,
    QUORUM,
    CLASSIC;

    public static final List<String> WORDS = List.of("auto", "quorum", "classic");

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

    public static QueueType of(String word) {
        return values()[WORDS.indexOf(word)];
    }

    Map<String, Object> arguments(Connection connection) {
        boolean quorum = switch (this) {
            case AUTO -> hasQuorum(connection);
            case QUORUM -> true;
            case CLASSIC -> false;
        };
        Map<String, Object> arguments = new HashMap<>();
        if (quorum) {
            arguments.put("x-queue-type", "quorum");
            // from 4.0 on the broker drops what was given back 20 times; attempts are counted here
            arguments.put("x-delivery-limit", Integer.MAX_VALUE);
        }
        return arguments;
    }

    private static boolean hasQuorum(Connection connection) {
        Map<String, Object> broker = connection.getServerProperties();
        Matcher version = VERSION.matcher(String.valueOf(broker.get("version")));
        if (!"RabbitMQ".equals(String.valueOf(broker.get("product"))) || !version.matches()) {
            return false;
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        return major > 3 || (major == 3 && minor >= 8);
    }
}
