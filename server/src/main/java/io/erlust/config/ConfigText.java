package io.erlust.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The text of a file: UTF-8, and nothing else is taken for it. */
final class ConfigText {
    static final int BYTES_MAX = 1 << 20;

    private ConfigText() {}

    /** @throws InvalidConfig saying what is there instead */
    static String read(Path file) {
        byte[] bytes = bytes(file);
        if (bytes.length > BYTES_MAX) {
            throw expected(file.toString(), "at most 1 MiB", "more");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        if (decoder.decode(in, out, true).isError()) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw expected(file + ":" + line, "UTF-8", "other bytes");
        }
        return out.flip().toString();
    }

    /** One byte more than allowed at most. */
    private static byte[] bytes(Path file) {
        if (Files.isDirectory(file)) {
            throw expected(file.toString(), "a file", "a directory");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw expected(file.toString(), "a file", "a pipe or a device"); // might never end
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw expected(file.toString(), "a file", "nothing of that name");
        } catch (IOException e) {
            throw expected(file.toString(), "a file that can be read", e.toString());
        }
    }

    private static InvalidConfig expected(String where, String what, String got) {
        return new InvalidConfig(List.of(where + ": expected " + what + ", got " + got));
    }
}
