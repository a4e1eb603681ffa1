package io.erlust.api.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Server-Sent Events, as the WHATWG says. Data is one line of JSON an event. */
public final class EventStream implements AutoCloseable {
    private final OutputStream out;

    private EventStream(OutputStream out) {
        this.out = out;
    }

    /** Begins the answer. Nginx and its like are asked not to collect it. */
    public static EventStream begin(Exchange exchange) throws IOException {
        exchange.answerHeader("Cache-Control", "no-store").answerHeader("X-Accel-Buffering", "no");
        EventStream stream = new EventStream(exchange.stream(200, "text/event-stream"));
        stream.comment("erlust");
        return stream;
    }

    public void event(String id, String name, byte[] json) throws IOException {
        write("id: " + id + "\nevent: " + name + "\ndata: ");
        out.write(json);
        write("\n\n");
    }

    /** An event without a name: whole lines of text. Nothing when there are none. */
    public void lines(String text) throws IOException {
        if (!text.isEmpty()) {
            String body = text.substring(0, text.length() - 1);
            write("data: " + body.replace("\n", "\ndata: ") + "\n\n");
        }
    }

    /** No event, only an id that the client remembers. */
    public void mark(String id) throws IOException {
        write("id: " + id + "\n\n");
    }

    /** Says that the stream is alive; a client that is gone makes it fail. */
    public void comment(String text) throws IOException {
        write(": " + text + "\n\n");
        out.flush();
    }

    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
