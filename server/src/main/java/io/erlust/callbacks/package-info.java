/**
 * Callbacks: a job's results and its end, told to the application by signed HTTP POSTs (Standard
 * Webhooks), durably, in order for a job, each host apart; and the guard against forged targets.
 * Imports jobs, jobs.spec, store, json, lifecycle, time.
 */
@NullMarked
package io.erlust.callbacks;

import org.jspecify.annotations.NullMarked;
