package io.erlust.callbacks;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A network: all addresses of one family whose first {@code bits} bits are those of
 * {@code network}.
 */
record AddressRange(InetAddress network, int bits) {
    AddressRange {
        int max = network.getAddress().length * 8;
        if (bits < 0 || bits > max) {
            throw new IllegalArgumentException(
                    "expected a prefix length from 0 to " + max + ", got /" + bits);
        }
    }

    /** One address. */
    static AddressRange of(InetAddress address) {
        return new AddressRange(address, address.getAddress().length * 8);
    }

    /** {@code 10.1.0.0/16} or {@code fd00::/8}; empty when the text is not of that form. */
    static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            return Optional.empty();
        }
        int bits = Integer.parseInt(text.substring(slash + 1));
        return Target.literal(text.substring(0, slash))
                .map(network -> new AddressRange(network, bits));
    }

    boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (mine[i] != other[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        return rest == 0 || ((mine[whole] ^ other[whole]) & 0xff) >> (8 - rest) == 0;
    }
}
