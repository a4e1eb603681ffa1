package io.erlust.callbacks;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Turns a host name into its addresses. May block for long; must not answer an empty list. */
@FunctionalInterface
public interface NameResolver {
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /** The operating system's. */
    static NameResolver system() {
        return host -> List.of(InetAddress.getAllByName(host));
    }
}
