/**
 * What a job is, as an application submits it: read strictly, with its defaults filled in, stored
 * and shown. Knows nothing of states, runs or the store. Imports json, time.
 */
@NullMarked
package io.erlust.jobs.spec;

import org.jspecify.annotations.NullMarked;
