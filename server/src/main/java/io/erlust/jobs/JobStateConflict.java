package io.erlust.jobs;

/** The job is not in a state in which this can be done. */
public final class JobStateConflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final JobState state;

    /**
     * @param asked what was to be done: {@code start}, {@code cancel}, {@code retry}, a move
     * @param expected in which state it can be done, for people
     */
    public JobStateConflict(Job job, String asked, String expected) {
        super(asked
                + " job \""
                + job.id()
                + "\": expected "
                + expected
                + ", got one that is "
                + job.state().wire()
                + " (run "
                + job.run()
                + ")");
        this.state = job.state();
    }

    public JobState state() {
        return state;
    }
}
