package io.erlust.api.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The token that may do everything. It stands in {@code <data>/admin.token}, readable by its owner
 * alone; in memory only its SHA-256 is kept, and compared in constant time.
 */
public final class AdminToken {
    private static final Pattern FORM = Pattern.compile("erl_[A-Za-z0-9_-]{43}");
    private static final Set<PosixFilePermission> OWNER =
            PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(OWNER);

    private final byte[] hash;

    private AdminToken(String token) {
        this.hash = sha256(token);
    }

    /**
     * For tests and for programs that bring their own: {@code erl_} and 43 letters of base64url.
     */
    public static AdminToken of(String token) {
        if (!FORM.matcher(token).matches()) {
            throw new IllegalArgumentException("expected a token of the form erl_…, 47 characters");
        }
        return new AdminToken(token);
    }

    public static Path file(Path data) {
        return data.resolve("admin.token");
    }

    /**
     * Reads the token of a data directory; the first time it is made. Its file has mode 0600
     * always.
     */
    public static AdminToken loadOrCreate(Path data) throws IOException {
        Path file = file(data);
        String token;
        try {
            token = read(file);
        } catch (NoSuchFileException e) {
            token = create(file);
        }
        if (!FORM.matcher(token).matches()) {
            throw new IOException(
                    file + " does not hold a token of the form erl_…; delete it to get a new one");
        }
        return new AdminToken(token);
    }

    boolean matches(String candidate) {
        return MessageDigest.isEqual(hash, sha256(candidate));
    }

    private static String read(Path file) throws IOException {
        String token = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (!Files.getPosixFilePermissions(file).equals(OWNER)) {
            Files.setPosixFilePermissions(file, OWNER);
        }
        return token;
    }

    /**
     * Written and synced under another name, then linked to its own: nobody ever sees half a token,
     * and of two that start at once one wins.
     */
    private static String create(Path file) throws IOException {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String token = "erl_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Path fresh =
                Files.createTempFile(file.toAbsolutePath().getParent(), ".token", "", OWNER_ONLY);
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer line = StandardCharsets.US_ASCII.encode(token + "\n");
                while (line.hasRemaining()) {
                    channel.write(line);
                }
                channel.force(true);
            }
            Files.createLink(file, fresh);
            return token;
        } catch (FileAlreadyExistsException e) {
            return read(file);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
