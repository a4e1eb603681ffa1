package io.erlust.nodes;

import io.erlust.jobs.JobEvent;
import io.erlust.json.Lines;
import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A step: results appended to the run's log and items acknowledged, all of it or nothing.
 *
 * @param items the item each result answers; null when that is not said
 * @param ack the acknowledgement; null when the step has none
 * @param refused whether an effect before this one was refused, asked when it is this one's turn
 */
record StepWork(
        NodeSpec node,
        NodeStores stores,
        Lines values,
        @Nullable List<String> items,
        @Nullable Work<@Nullable Void> ack,
        BooleanSupplier refused)
        implements Work<Long> {
    @Override
    public Long run(Handle tx) throws Exception {
        if (refused.getAsBoolean()) {
            throw new Refusal("unavailable", "a request before this one was refused");
        }
        long last = values.count() == 0
                ? 0
                : stores.results()
                        .append(tx, node.serial(), node.run(), node.rank(), values, items);
        if (ack != null) {
            ack.run(tx);
        }
        return last;
    }

    @Override
    public void committed(Long last) {
        if (ack != null) {
            ack.committed(null);
        }
        if (last > 0) {
            stores.events().publish(new JobEvent.ResultsAppended(node.job(), node.run(), last));
        }
    }

    @Override
    public void rolledBack(StoreException why) {
        stores.results().forget(node.serial(), node.run());
        if (ack != null) {
            ack.rolledBack(why);
        }
    }
}
