package io.erlust.nodes.sandbox;

import io.erlust.process.Command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Nodes run with all rights of the server's user and without limits. Must be asked for. */
final class NoIsolation implements Isolation {
    @Override
    public String level() {
        return "none";
    }

    @Override
    public String limitsBy() {
        return "none";
    }

    @Override
    public Confined confine(Place place, Guest guest) throws IOException {
        Path work = Scratch.make(place);
        Command command = new Command(guest.words(), work, Scratch.variables(place, guest));
        return new Confined(command, Optional.empty(), 0, () -> {});
    }
}
