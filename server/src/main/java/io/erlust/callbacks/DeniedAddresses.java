package io.erlust.callbacks;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that are not the public internet. Java's own predicates miss some (fc00::/7,
 * 100.64/10), so the table is ours. An IPv6 address that carries an IPv4 address inside is judged
 * as both.
 */
final class DeniedAddresses {
    private record Denied(AddressRange range, String what) {}

    /** Metadata services hand out credentials to whoever asks; no option opens these. */
    private static final List<Denied> ALWAYS = table(
            "169.254.0.0/16 a link-local or metadata address",
            "fe80::/10 a link-local address",
            "fd00:ec2::254/128 a cloud metadata address",
            "100.100.100.200/32 a cloud metadata address",
            "168.63.129.16/32 a cloud metadata address");

    private static final List<Denied> UNLESS_ALLOWED = table(
            "0.0.0.0/8 an address of this host",
            "10.0.0.0/8 a private address",
            "100.64.0.0/10 a shared (carrier) address",
            "127.0.0.0/8 a loopback address",
            "172.16.0.0/12 a private address",
            "192.0.0.0/24 a reserved address",
            "192.0.2.0/24 a documentation address",
            "192.88.99.0/24 a reserved address",
            "192.168.0.0/16 a private address",
            "198.18.0.0/15 a benchmarking address",
            "198.51.100.0/24 a documentation address",
            "203.0.113.0/24 a documentation address",
            "224.0.0.0/4 a multicast address",
            "240.0.0.0/4 a reserved address",
            "::/128 an address of this host",
            "::1/128 a loopback address",
            "::/96 an IPv4 address in IPv6 form",
            "64:ff9b::/96 an IPv4 address in IPv6 form",
            "64:ff9b:1::/48 an IPv4 address in IPv6 form",
            "100::/64 a discard address",
            "2001::/23 a reserved address",
            "2001:db8::/32 a documentation address",
            "2002::/16 an IPv4 address in IPv6 form",
            "3fff::/20 a documentation address",
            "5f00::/16 a reserved address",
            "fc00::/7 a private address",
            "fec0::/10 a private address",
            "ff00::/8 a multicast address");

    private DeniedAddresses() {}

    private static List<Denied> table(String... lines) {
        return Arrays.stream(lines).map(DeniedAddresses::line).toList();
    }

    private static Denied line(String line) {
        int space = line.indexOf(' ');
        AddressRange range = AddressRange.parse(line.substring(0, space)).orElseThrow();
        return new Denied(range, line.substring(space + 1));
    }

    /** What the address is, if it is one that is never called. */
    static Optional<String> always(InetAddress address) {
        return find(ALWAYS, address);
    }

    /** What the address is, if it is called only when allowed. */
    static Optional<String> unlessAllowed(InetAddress address) {
        return find(UNLESS_ALLOWED, address);
    }

    private static Optional<String> find(List<Denied> table, InetAddress address) {
        List<InetAddress> forms = forms(address);
        return table.stream()
                .filter(denied -> forms.stream().anyMatch(denied.range()::contains))
                .map(Denied::what)
                .findFirst();
    }

    /** The address and every IPv4 address that a gateway or tunnel would read out of it. */
    private static List<InetAddress> forms(InetAddress address) {
        List<InetAddress> forms = new ArrayList<>(List.of(address));
        byte[] a = address.getAddress();
        if (a.length != 16) {
            return forms;
        }
        if (zero(a, 0, 10)) {
            forms.add(v4(a, 12, 0)); // ::a.b.c.d and ::ffff:a.b.c.d
        }
        if (zero(a, 0, 8) && a[8] == -1 && a[9] == -1 && zero(a, 10, 12)) {
            forms.add(v4(a, 12, 0)); // ::ffff:0:a.b.c.d
        }
        if (a[0] == 0 && a[1] == 0x64 && (a[2] & 0xff) == 0xff && (a[3] & 0xff) == 0x9b) {
            forms.add(v4(a, 12, 0)); // NAT64
        }
        if (a[0] == 0x20 && a[1] == 0x02) {
            forms.add(v4(a, 2, 0)); // 6to4
        }
        if (a[0] == 0x20 && a[1] == 0x01 && zero(a, 2, 4)) {
            forms.add(v4(a, 12, 0xff)); // Teredo: the client's address, inverted
        }
        if (zero(a, 9, 10) && a[10] == 0x5e && (a[11] & 0xff) == 0xfe) {
            forms.add(v4(a, 12, 0)); // ISATAP
        }
        return forms;
    }

    private static boolean zero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress v4(byte[] from, int offset, int invert) {
        byte[] four = new byte[4];
        for (int i = 0; i < 4; i++) {
            four[i] = (byte) (from[offset + i] ^ invert);
        }
        try {
            return Inet4Address.getByAddress(four);
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an IPv4 address", e);
        }
    }
}
