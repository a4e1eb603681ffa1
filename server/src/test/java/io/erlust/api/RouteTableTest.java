package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.api.http.ProblemType;
import io.erlust.contract.OpenApi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** The route table, the contract and the documentation name the same things. */
class RouteTableTest {
    private static List<String> problems() {
        return Arrays.stream(ProblemType.values()).map(ProblemType::uri).toList();
    }

    @Test
    void every_route_is_in_the_contract_and_the_other_way_round(@TempDir Path data)
            throws Exception {
        ApiFixture api = new ApiFixture(data);
        try {
            TreeSet<String> routes = new TreeSet<>();
            api.server
                    .routes()
                    .forEach(route -> routes.add(route.method() + " " + route.template()));
            TreeSet<String> operations = new TreeSet<>();
            OpenApi.load().operations().forEach(operation -> operations.add(operation.name()));
            assertThat(routes).isEqualTo(operations);
        } finally {
            api.close();
        }
    }

    @Test
    void every_type_of_problem_is_in_the_contract_and_in_the_documentation() throws Exception {
        assertThat(OpenApi.load().enumeration("Problem", "type"))
                .containsExactlyInAnyOrderElementsOf(problems());
        String page = Files.readString(Path.of("docs", "api.md"));
        for (ProblemType type : ProblemType.values()) {
            String word = type.uri().substring(type.uri().lastIndexOf(':') + 1);
            assertThat(page).contains("| `" + word + "` | " + type.status() + " |");
        }
    }
}
