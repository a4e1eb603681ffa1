package io.erlust.cli;

import io.erlust.json.Json;
import io.erlust.time.WallClock;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "submit",
        description =
                "Submits a job: a program (FILE.py), or a job as JSON (FILE.json). Options win"
                        + " over what the JSON says. The same id with the same content is one job.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  erlust submit crunch.py --nodes 4 --follow",
            "  erlust submit crunch.py --id night-1 --args '{\"from\": 2024}' --env LANG=C",
            "  erlust submit report.py --after night-1 --callback https://app.example/erlust",
            "  erlust submit ready.py --id 7 --when manual      then: erlust start 7",
            "  erlust submit ad.py --when 2026-12-24T18:00:00Z --expires 2026-12-24T20:00:00Z",
            "  erlust submit retry.py --when 5m --attempts 3 --backoff 1m --priority 10",
            "  erlust submit night.py --id night --cron '30 2 * * *' --timezone Europe/Athens",
            "  erlust submit job.json --id 2                or: … | erlust submit -",
            "  erlust submit --bulk jobs.ndjson             one job as JSON on each line"
        })
final class SubmitCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "FILE", description = "a program, a .json file, or - for stdin")
    private String file = "";

    @Option(names = "--id", paramLabel = "ID", description = "default: the server makes one")
    private Optional<String> id = Optional.empty();

    @Option(
            names = "--language",
            paramLabel = "NAME",
            description = "default: by the file's name; python for stdin")
    private Optional<String> language = Optional.empty();

    @Option(names = "--nodes", paramLabel = "N", description = "processes (default: 1)")
    private Optional<Integer> nodes = Optional.empty();

    @Option(names = "--queue", paramLabel = "NAME", description = "the queue its nodes read")
    private Optional<String> queue = Optional.empty();

    @Option(names = "--args", paramLabel = "JSON", description = "node.args in the program")
    private Optional<String> args = Optional.empty();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "environment; repeatable")
    private Map<String, String> env = new LinkedHashMap<>();

    @Mixin
    private final LifeOptions life = new LifeOptions();

    @Option(names = "--callback", paramLabel = "URL", description = "where results are posted to")
    private Optional<String> callback = Optional.empty();

    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description = "signs the callbacks (default: $ERLUST_SECRET, which nobody else sees)")
    private Optional<String> secret = Optional.empty();

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "to find it; repeatable")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "TIME", description = "30s, 5m, 2h, or ISO 8601")
    private Optional<String> timeout = Optional.empty();

    @Option(names = "--bulk", description = "FILE is NDJSON: a job on each line, all of it there")
    private boolean bulk;

    @Option(names = "--follow", description = "watch it; the exit code tells how it ended")
    private boolean follow;

    @Option(names = "--json", description = "the server's answer as it is")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    SubmitCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (bulk) {
            BulkSubmit.requireAlone(spec.commandLine().getParseResult());
            return new BulkSubmit(connection.client(), terminal).submit(file);
        }
        ObjectNode body = Json.object();
        body.set("job", job());
        ApiClient client = connection.client();
        JsonNode answer = client.post(ApiPath.of("v1", "jobs"), body);
        String given = JobText.text(answer, "id");
        if (json) {
            terminal.out().println(Json.text(answer));
        } else if (!follow) {
            terminal.out().println("job " + given + ": " + JobText.text(answer, "state"));
            sayWaiting(answer);
            terminal.err().println("  watch it:      erlust job " + given + " --follow");
            terminal.err().println("  its results:   erlust results " + given);
        }
        terminal.out().flush();
        return follow ? new Follow(client, terminal, given).toEnd(answer) : ExitCode.OK;
    }

    private void sayWaiting(JsonNode job) {
        String waiting = WaitingText.of(job, WallClock.system().now());
        if (!waiting.isEmpty()) {
            boolean isManual = waiting.startsWith("erlust start");
            terminal.err()
                    .println((isManual ? "  start it:      " : "  waits for:     ") + waiting);
        }
    }

    private ObjectNode job() {
        ObjectNode job = JobFile.read(file, language, terminal);
        id.ifPresent(value -> job.put("id", value));
        nodes.ifPresent(value -> job.put("num_of_nodes", value));
        queue.ifPresent(value -> job.put("queue", value));
        args.ifPresent(value -> job.set("args", JobFile.json("--args", value)));
        life.put(job);
        callback.ifPresent(value -> job.put("callback_url", value));
        secret.or(this::secretOfEnvironment).ifPresent(value -> job.put("security_hash", value));
        timeout.ifPresent(value -> job.put("timeout", TimeText.iso(value)));
        merge(job, "env", env);
        merge(job, "labels", labels);
        return job;
    }

    /** Only with a callback: a secret that signs nothing would be refused. */
    private Optional<String> secretOfEnvironment() {
        return callback.flatMap(url -> Connection.environment("ERLUST_SECRET"));
    }

    private static void merge(ObjectNode job, String field, Map<String, String> values) {
        if (!values.isEmpty()) {
            ObjectNode object = job.withObject("/" + field);
            values.forEach(object::put);
        }
    }
}
