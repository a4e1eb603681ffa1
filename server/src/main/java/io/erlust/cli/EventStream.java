package io.erlust.cli;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads Server-Sent Events as they come. Comments and unknown fields are skipped, as the standard
 * says.
 */
final class EventStream implements Closeable {
    private final BufferedReader reader;
    private String id = "";

    EventStream(InputStream in) {
        reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /** One event; its type is {@code message} unless named. */
    record Event(String id, String type, String data) {}

    /** Blocks until the next event; empty at the stream's end. An unfinished event is dropped. */
    Optional<Event> next() throws IOException {
        String type = "message";
        StringBuilder data = new StringBuilder();
        boolean any = false;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.isEmpty() && any) {
                return Optional.of(new Event(id, type, data.substring(0, data.length() - 1)));
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "data" -> {
                    data.append(value).append('\n');
                    any = true;
                }
                case "event" -> type = value;
                case "id" -> id = value;
                default -> {
                    // a comment, retry, or a field of a later version
                }
            }
        }
        return Optional.empty();
    }

    /** The id of the last event seen, to go on behind it. */
    Optional<String> lastId() {
        return id.isEmpty() ? Optional.empty() : Optional.of(id);
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
