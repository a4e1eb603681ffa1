package io.erlust.events;

/**
 * An event as it goes to a broker.
 *
 * @param id the same whenever it is sent again, and no other event's, of whatever server
 * @param routingKey {@code job.completed.import-7}: the type and the job's id
 * @param type {@code job.completed}
 * @param body a CloudEvent in JSON
 */
public record Event(String id, String routingKey, String type, byte[] body) {
    /** Of {@link #body}. */
    public static final String CONTENT_TYPE = "application/cloudevents+json";
}
