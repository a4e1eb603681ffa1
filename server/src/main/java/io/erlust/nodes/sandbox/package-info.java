/**
 * What keeps a node from the machine, from the server and from other nodes: namespaces, users of
 * their own, cgroups. Imports process, jobs.spec.
 */
@NullMarked
package io.erlust.nodes.sandbox;

import org.jspecify.annotations.NullMarked;
