package io.erlust.cli;

import io.erlust.process.Program;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The example application as it is in the jar, and the Python it needs. */
final class DemoFiles {
    private static final String APPLICATION = "/examples/contacts/app.py";

    private DemoFiles() {}

    /** Copies the application's files to a directory. */
    static void extract(Path target) throws IOException {
        URL application = DemoFiles.class.getResource(APPLICATION);
        if (application == null) {
            throw Failure.local("this build has no example application (" + APPLICATION + ")");
        }
        try {
            URI uri = application.toURI();
            if (uri.getScheme().equals("jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                    copy(jar.getPath(APPLICATION), target);
                }
            } else {
                copy(Path.of(uri), target);
            }
        } catch (URISyntaxException e) {
            throw new IOException("where the jar is can't be told: " + application, e);
        }
    }

    private static void copy(Path application, Path target) throws IOException {
        Files.createDirectories(target);
        List<Path> files;
        try (Stream<Path> siblings = Files.list(application.toAbsolutePath().getParent())) {
            files = siblings.filter(file -> file.toString().endsWith(".py")).toList();
        }
        for (Path file : files) {
            Files.copy(file, target.resolve(file.getFileName().toString()));
        }
    }

    static Path python() {
        return Program.find("python3")
                .orElseThrow(
                        () -> Failure.local("the demo needs python3 on the PATH and found none\n"
                                + "  Debian, Ubuntu:  sudo apt install python3"));
    }
}
