/**
 * Runs available jobs: decides what is started, restarted and stopped, and why a job ends. The
 * rules are a pure state machine ({@code Supervisor}); {@link io.erlust.supervision.JobRunner}
 * drives it. Imports jobs, jobs.spec, store, time.
 */
@NullMarked
package io.erlust.supervision;

import org.jspecify.annotations.NullMarked;
