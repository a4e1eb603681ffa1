package io.erlust.nodes;

import io.erlust.jobs.JobEvents;
import io.erlust.jobs.Results;
import io.erlust.queues.Queues;
import io.erlust.store.Database;

/** Where what nodes do becomes durable, and who is told of it. */
public record NodeStores(Queues queues, Database database, Results results, JobEvents events) {}
