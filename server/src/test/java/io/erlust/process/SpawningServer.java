package io.erlust.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * A small server that spawns from a virtual thread, says the child's pid, and waits to be killed.
 */
final class SpawningServer {
    private SpawningServer() {}

    public static void main(String[] args) throws InterruptedException {
        Spawner spawner = new Spawner();
        Command command = new Command(List.of("/bin/sleep", "1000"), Path.of("/"), Map.of());
        Thread.ofVirtual()
                .start(() -> System.out.println(spawner.spawn(command).pid()))
                .join();
        new CountDownLatch(1).await();
    }
}
