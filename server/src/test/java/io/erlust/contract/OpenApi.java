package io.erlust.contract;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The contract, {@code openapi/erlust.yaml}: its operations, and whether an answer keeps to it. */
public final class OpenApi {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete");
    private static final JsonMapper JSON = new JsonMapper();

    private final JsonNode document;
    private final SchemaRegistry schemas =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private OpenApi(JsonNode document) {
        this.document = document;
    }

    /** As it is in the jar. */
    public static OpenApi load() throws IOException {
        try (InputStream yaml = OpenApi.class.getResourceAsStream("/openapi/erlust.yaml")) {
            if (yaml == null) {
                throw new AssertionError("openapi/erlust.yaml is not a resource");
            }
            String text = new String(yaml.readAllBytes(), StandardCharsets.UTF_8);
            // so that a schema that is taken out alone finds the others where JSON Schema keeps
            // them
            String document = text.replace("#/components/schemas/", "#/$defs/");
            return new OpenApi(new YAMLMapper().readTree(document));
        }
    }

    /** One method of one path. */
    public record Operation(String method, String path, JsonNode description) {
        public String name() {
            return method + " " + path;
        }

        boolean has(int status) {
            return description.path("responses").has(Integer.toString(status));
        }

        Set<String> statuses() {
            Set<String> statuses = new TreeSet<>(description.path("responses").propertyNames());
            statuses.remove("default");
            return statuses;
        }

        boolean isPublic() {
            return description.has("security") && description.path("security").isEmpty();
        }
    }

    public List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        JsonNode paths = document.path("paths");
        for (String path : paths.propertyNames()) {
            for (String method : paths.path(path).propertyNames()) {
                if (METHODS.contains(method)) {
                    String upper = method.toUpperCase(java.util.Locale.ROOT);
                    all.add(new Operation(upper, path, paths.path(path).path(method)));
                }
            }
        }
        return all;
    }

    /** The values an enumeration of the contract lists. */
    public List<String> enumeration(String schema, String property) {
        return document
                .at("/components/schemas/" + schema + "/properties/" + property + "/enum")
                .values()
                .stream()
                .map(JsonNode::stringValue)
                .toList();
    }

    /** What a server answered. */
    record Answer(int status, HttpHeaders headers, String body) {}

    /** What an answer has that the contract has not, or the other way round. */
    List<String> differences(Operation operation, Answer answer) {
        JsonNode responses = operation.description().path("responses");
        String status = Integer.toString(answer.status());
        JsonNode response = resolve(responses.path(responses.has(status) ? status : "default"));
        List<String> found = new ArrayList<>();
        JsonNode headers = response.path("headers");
        for (String name : headers.propertyNames()) {
            checkHeader(name, resolve(headers.path(name)), answer, found);
        }
        checkBody(response.path("content"), answer, found);
        return found;
    }

    private void checkHeader(String name, JsonNode header, Answer answer, List<String> found) {
        Optional<String> value = answer.headers().firstValue(name);
        if (value.isEmpty()) {
            if (header.path("required").asBoolean(false)) {
                found.add("header " + name + " is missing");
            }
            return;
        }
        validate(header.path("schema"), JSON.getNodeFactory().stringNode(value.get()))
                .forEach(error -> found.add("header " + name + ": " + error));
    }

    private void checkBody(JsonNode content, Answer answer, List<String> found) {
        if (content.isMissingNode()) {
            if (!answer.body().isEmpty()) {
                found.add("a body where there should be none");
            }
            return;
        }
        String type =
                answer.headers().firstValue("Content-Type").orElse("none").replaceFirst(";.*", "");
        if (!content.has(type)) {
            found.add("content type " + type + ", expected one of " + content.propertyNames());
            return;
        }
        JsonNode schema = content.path(type).path("schema");
        if (type.equals("application/x-ndjson")) {
            answer.body()
                    .lines()
                    .forEach(line -> found.addAll(validate(schema, JSON.readTree(line))));
        } else if (type.endsWith("json")) {
            found.addAll(validate(schema, JSON.readTree(answer.body())));
        }
    }

    private List<String> validate(JsonNode schema, JsonNode value) {
        ObjectNode root = JSON.createObjectNode();
        root.setAll((ObjectNode) schema);
        root.set("$defs", document.path("components").path("schemas"));
        return schemas.getSchema(root).validate(value).stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .toList();
    }

    private JsonNode resolve(JsonNode node) {
        JsonNode ref = node.path("$ref");
        return ref.isMissingNode() ? node : document.at(ref.stringValue().substring(1));
    }
}
