package io.erlust.queues;

import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** A step whose acknowledgement runs and whose next part fails. */
record FailingStep(Work<@Nullable Void> ack) implements Work<Boolean> {
    @Override
    public Boolean run(Handle tx) throws Exception {
        ack.run(tx);
        throw new IllegalStateException("the step failed");
    }

    @Override
    public void rolledBack(StoreException why) {
        ack.rolledBack(why);
    }
}
