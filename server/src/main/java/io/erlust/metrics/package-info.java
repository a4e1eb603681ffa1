/**
 * Counters and gauges in the text form of Prometheus. Its one library is prometheus-metrics-core.
 * Imports nothing of Erlust.
 */
@NullMarked
package io.erlust.metrics;

import org.jspecify.annotations.NullMarked;
