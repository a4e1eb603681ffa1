package io.erlust.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;

import io.erlust.json.Json;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The code against the table of ARCHITECTURE.md, and each rule against code that breaks it. */
final class PackagesTest {
    private static final PackageTable TABLE =
            PackageTable.read(Repository.here().read("ARCHITECTURE.md"));
    private static final PackageRules RULES = new PackageRules("io.erlust");
    private static final JavaClasses PROGRAM = new ClassFileImporter().importPath(programClasses());

    /** Where the program's classes are, without the tests. */
    private static Path programClasses() {
        try {
            return Path.of(Json.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<PackageTable.Row> rows() {
        return TABLE.rows().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void imports_only_what_the_table_allows(PackageTable.Row row) {
        RULES.onlyAllowedArrows(row).check(PROGRAM);
    }

    @Test
    void there_are_no_cycles() {
        RULES.noCycles().check(PROGRAM);
    }

    @Test
    void only_serve_and_demo_build_the_server() {
        RULES.onlyServeBuildsTheServer().check(PROGRAM);
    }

    @Test
    void every_package_is_in_the_table_and_every_row_is_a_package() {
        assertThat(TABLE.names()).isEqualTo(RULES.packages(PROGRAM));
    }

    @Test
    void all_arrows_of_the_table_point_downward() {
        assertThat(TABLE.wrongArrows()).isEmpty();
        assertThat(TABLE.isSortedByTier()).isTrue();
    }

    /** Deliberate violations: a rule that can't fail proves nothing. */
    @Nested
    class Each_rule_can_fail {
        private static final String FIXTURES = "io.erlust.architecture.fixtures.";

        @Test
        void an_arrow_upward_is_found() {
            PackageTable table =
                    table("| 1 | `high` | `low` | up there | |\n| 0 | `low` | | down there | |");
            ArchRule rule = rules("upward").onlyAllowedArrows(table.row("low").orElseThrow());
            assertThatThrownBy(() -> rule.check(classes("upward")))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("low.Reacher");
            ArchRule other = rules("upward").onlyAllowedArrows(table.row("high").orElseThrow());
            assertThatCode(() -> other.check(classes("upward"))).doesNotThrowAnyException();
        }

        @Test
        void a_cycle_is_found() {
            ArchRule rule = rules("cyclic").noCycles();
            assertThatThrownBy(() -> rule.check(classes("cyclic")))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("Cycle detected");
        }

        @Test
        void a_command_that_reaches_into_the_server_is_found() {
            ArchRule rule = rules("reaching").onlyServeBuildsTheServer();
            assertThatThrownBy(() -> rule.check(classes("reaching")))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("JobsCommand")
                    .hasMessageNotContaining("ServeCommand.run");
        }

        @Test
        void a_package_without_a_row_and_a_row_without_a_package_are_found() {
            PackageTable table = table("| 1 | `high` | | there | |\n| 0 | `gone` | | nowhere | |");
            Set<String> found = new TreeSet<>(rules("upward").packages(classes("upward")));
            assertThat(found).containsExactly("high", "low").isNotEqualTo(table.names());
        }

        @Test
        void a_table_with_an_arrow_upward_sideways_or_to_nothing_is_found() {
            PackageTable table = table("""
                            | 1 | `a` | `b` `c` `gone` | sideways, down, nowhere | |
                            | 1 | `b` | `b.own` | its own subpackage is fine | |
                            | 1 | `b.own` | | in there | |
                            | 0 | `c` | `a` | an arrow upward | |""");
            assertThat(table.wrongArrows()).containsExactly("a -> b", "a -> gone", "c -> a");
        }

        @Test
        void a_table_out_of_order_is_found() {
            assertThat(table("| 0 | `a` | | low | |\n| 1 | `b` | | high | |").isSortedByTier())
                    .isFalse();
        }

        @Test
        void an_exception_without_a_reason_is_refused() {
            assertThatThrownBy(() -> table("| 0 | `a` | | low | 99 |"))
                    .hasMessageContaining("the reason");
        }

        private static PackageTable table(String rows) {
            return PackageTable.read("# Title\n\n## Packages\n\n" + rows + "\n");
        }

        private static PackageRules rules(String fixture) {
            return new PackageRules(FIXTURES + fixture);
        }

        private static JavaClasses classes(String fixture) {
            return new ClassFileImporter().importPackages(FIXTURES + fixture);
        }
    }
}
