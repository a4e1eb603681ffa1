package io.erlust.cli;

import io.erlust.json.InvalidJson;
import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;

/** Renders an error answer of the server (RFC 9457) for a person. */
final class Problem {
    private Problem() {}

    static Failure refused(int status, byte[] body) {
        return new Failure(ExitCode.REFUSED, describe(status, body));
    }

    static String describe(int status, byte[] body) {
        JsonNode problem;
        try {
            problem = Json.parse(body);
        } catch (InvalidJson e) {
            return "the server answered " + status + " without a reason that can be read";
        }
        StringBuilder text = new StringBuilder("refused (").append(status).append("): ");
        String title = problem.path("title").asString("");
        String detail = problem.path("detail").asString("");
        text.append(title.isEmpty() ? "no title" : title);
        if (!detail.isEmpty() && !detail.equals(title)) {
            text.append("\n  ").append(detail);
        }
        boolean saidAll = detail.contains("expected") && detail.contains("got");
        if (!saidAll) {
            fields(text, problem);
        }
        return text.toString();
    }

    private static void fields(StringBuilder text, JsonNode problem) {
        line(text, "at", problem.path("pointer"));
        line(text, "expected", problem.path("expected"));
        line(text, "got", problem.path("got"));
    }

    private static void line(StringBuilder text, String label, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            String shown = value.isString() ? value.stringValue() : value.toString();
            text.append("\n  ").append(label).append(": ").append(shown);
        }
    }
}
