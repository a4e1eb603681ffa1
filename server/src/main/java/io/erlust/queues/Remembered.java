package io.erlust.queues;

import java.util.LinkedHashSet;
import java.util.Set;

/** A set that forgets its oldest elements past a bound. */
final class Remembered<T> {
    private final Set<T> elements = new LinkedHashSet<>();
    private final int max;

    Remembered(int max) {
        this.max = max;
    }

    void add(T element) {
        elements.remove(element);
        elements.add(element);
        if (elements.size() > max) {
            elements.remove(elements.iterator().next());
        }
    }

    boolean contains(T element) {
        return elements.contains(element);
    }

    boolean remove(T element) {
        return elements.remove(element);
    }
}
