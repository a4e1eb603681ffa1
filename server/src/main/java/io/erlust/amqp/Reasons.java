package io.erlust.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.MalformedFrameException;
import com.rabbitmq.client.ShutdownSignalException;

import java.net.UnknownHostException;

import javax.net.ssl.SSLException;

/** What went wrong, for who has to mend it: the broker's own words where there are some. */
final class Reasons {
    private Reasons() {}

    static String of(Throwable e) {
        Throwable deepest = e;
        for (Throwable each = e; each != null; each = each.getCause()) {
            deepest = each;
            if (each instanceof ShutdownSignalException end) {
                if (end.getReason() instanceof AMQP.Channel.Close close) {
                    return close.getReplyText();
                }
                if (end.getReason() instanceof AMQP.Connection.Close close) {
                    return close.getReplyText();
                }
            }
        }
        String text = deepest.getMessage();
        return switch (deepest) {
            case ChannelContinuationTimeoutException _ -> "the broker does not answer";
            case UnknownHostException _ -> "unknown host " + text;
            case SSLException _ -> text + "; does this port have TLS?";
            case MalformedFrameException _ -> "what listens there does not speak AMQP";
            default -> text == null ? deepest.getClass().getSimpleName() : text;
        };
    }
}
