/**
 * RabbitMQ, or what speaks AMQP 0-9-1 like it: two connections that come back by themselves, a
 * publisher that knows what the broker has on disk, and the queues that live there. Implements the
 * port of queues; imports queues, json, time.
 */
@NullMarked
package io.erlust.amqp;

import org.jspecify.annotations.NullMarked;
