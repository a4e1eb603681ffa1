package io.erlust.nodes.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A mounted hierarchy of cgroups and this process's place in it.
 *
 * @param version 1 or 2
 * @param options of the mount; in version 1 the hierarchy's controllers are among them
 * @param root where it is mounted
 * @param own the cgroup this process is in, or the root when the mount does not show that
 */
record CgroupMount(int version, Set<String> options, Path root, Path own) {
    private static final Path SELF = Path.of("/proc/self");

    static List<CgroupMount> ofThisProcess() throws IOException {
        return parse(lines(SELF.resolve("mountinfo")), lines(SELF.resolve("cgroup")));
    }

    private static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /**
     * Reads {@code /proc/PID/mountinfo} (proc(5): its fifth field is the mount point, the fourth
     * the cgroup shown there) and {@code /proc/PID/cgroup} (cgroups(7):
     * {@code id:controllers:path}, without controllers in version 2).
     */
    static List<CgroupMount> parse(List<String> mountinfo, List<String> memberships) {
        List<CgroupMount> mounts = new ArrayList<>();
        for (String line : mountinfo) {
            int dash = line.indexOf(" - ");
            if (dash < 0) {
                continue;
            }
            String[] mount = line.substring(0, dash).split(" ", -1);
            String[] source = line.substring(dash + 3).split(" ", -1);
            if (mount.length < 5 || source.length < 3 || !source[0].matches("cgroup2?")) {
                continue;
            }
            int version = source[0].equals("cgroup") ? 1 : 2;
            Set<String> options =
                    Set.of(Stream.of(source[2].split(",", -1)).distinct().toArray(String[]::new));
            Path root = Path.of(unescape(mount[4]));
            Path own = own(root, unescape(mount[3]), path(memberships, version, options));
            mounts.add(new CgroupMount(version, options, root, own));
        }
        return List.copyOf(mounts);
    }

    private static String path(List<String> memberships, int version, Set<String> options) {
        for (String line : memberships) {
            String[] fields = line.split(":", 3);
            if (fields.length < 3) {
                continue;
            }
            boolean matches = version == 2
                    ? line.startsWith("0::")
                    : Stream.of(fields[1].split(",", -1)).anyMatch(options::contains);
            if (matches) {
                return fields[2];
            }
        }
        return "/";
    }

    private static Path own(Path root, String shown, String path) {
        String prefix = shown.equals("/") ? "" : shown;
        if (!path.startsWith(prefix + "/")) {
            return root;
        }
        // outside of this process's cgroup namespace, paths begin with /..
        Path own = root.resolve(path.substring(prefix.length() + 1)).normalize();
        return own.startsWith(root) && Files.isDirectory(own) ? own : root;
    }

    /** Spaces and the like are written as a backslash and three octal digits. */
    private static String unescape(String text) {
        return text.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }

    /** Where cgroups may be made: below our own one, else at the root. */
    List<Path> places() {
        return own.equals(root) ? List.of(root) : List.of(own, root);
    }
}
