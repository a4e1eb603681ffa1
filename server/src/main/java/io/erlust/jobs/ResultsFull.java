package io.erlust.jobs;

/** The run has as many results as a run may have. */
public final class ResultsFull extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ResultsFull() {
        super("expected at most " + Results.RESULTS_MAX + " results in a run");
    }
}
