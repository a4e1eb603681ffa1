package io.erlust.jobs;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Tells every listener of every event, in order for one job, on the thread that made it durable.
 */
public final class JobEvents {
    private static final Logger log = LoggerFactory.getLogger(JobEvents.class);
    private final List<Consumer<JobEvent>> listeners = new CopyOnWriteArrayList<>();

    public void listen(Consumer<JobEvent> listener) {
        listeners.add(listener);
    }

    public void publish(JobEvent event) {
        for (Consumer<JobEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                log.error("a listener failed on {}", event, e);
            }
        }
    }
}
