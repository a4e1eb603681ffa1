package io.erlust.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The rules for packages under a root: the program's, or that of a fixture that breaks one. */
record PackageRules(String root) {
    /** Those of {@code cli} that may build the server. */
    static final Set<String> SERVER_BUILDERS = Set.of(
            "StartedServer", "ServeCommand", "ConfigCommand", "DemoCommand", "WarmUpCommand");

    ArchRule onlyAllowedArrows(PackageTable.Row row) {
        Set<String> allowed = new TreeSet<>(row.imports());
        allowed.add(row.name());
        return noClasses()
                .that(are("in " + row.name(), type -> nameOf(type).equals(row.name())))
                .should()
                .dependOnClassesThat(are(
                        "in no package its row in ARCHITECTURE.md allows " + allowed,
                        type -> isOurs(type) && !allowed.contains(nameOf(type))))
                .allowEmptyShould(true);
    }

    ArchRule noCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    ArchRule onlyServeBuildsTheServer() {
        return noClasses()
                .that(are(
                        "in cli but not one of " + SERVER_BUILDERS,
                        type -> nameOf(type).equals("cli") && !isServerBuilder(type)))
                .should()
                .dependOnClassesThat(are("in server", type -> nameOf(type).equals("server")))
                .allowEmptyShould(true);
    }

    /** The packages with a class in them, without the root. */
    Set<String> packages(JavaClasses classes) {
        return classes.stream()
                .filter(this::isOurs)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .map(this::nameOf)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith(root + ".");
    }

    private String nameOf(JavaClass type) {
        return isOurs(type) ? type.getPackageName().substring(root.length() + 1) : "";
    }

    private static boolean isServerBuilder(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length() + 1);
        return SERVER_BUILDERS.contains(name.replaceFirst("\\$.*", "")); // nested classes too
    }

    private static DescribedPredicate<JavaClass> are(
            String description, Predicate<JavaClass> predicate) {
        return DescribedPredicate.describe(description, predicate);
    }
}
