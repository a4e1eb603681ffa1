package io.erlust.nodes.sandbox;

import io.erlust.process.Command;

import java.util.Optional;

/**
 * A node that is ready to be started.
 *
 * @param command starts it
 * @param cgroup the one it joins by itself, before it runs anything else
 * @param depth how many generations below the server's child the program is
 * @param released to be called when nothing of it is left
 */
public record Confined(Command command, Optional<Cgroup> cgroup, int depth, Runnable released) {}
