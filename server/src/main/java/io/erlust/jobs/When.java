package io.erlust.jobs;

import java.util.List;

/** When a job may start. */
public sealed interface When {
    /** At once. */
    record Now() implements When {}

    /** When the application calls {@code POST /v1/jobs/{id}/start}. */
    record Manual() implements When {}

    /** When each of these jobs has completed; fails when one of them failed or was cancelled. */
    record After(List<JobId> jobs) implements When {}
}
