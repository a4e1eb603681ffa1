package io.erlust.api.http;

import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Finds the route of a path, exactly as it came: nothing is decoded, cleaned or completed, so no
 * two spellings of a path mean the same route, and none slips past the guard.
 */
final class Router {
    /**
     * What ids and names are made of. A percent sign, a semicolon or a double slash matches no
     * route.
     */
    private static final Pattern PLAIN = Pattern.compile("/|(/[A-Za-z0-9._-]+)+");

    private final PathMappings<Map<String, Route>> paths = new PathMappings<>();

    Router(List<Route> routes) {
        for (Route route : routes) {
            UriTemplatePathSpec spec = new UriTemplatePathSpec(route.template());
            Map<String, Route> methods = paths.get(spec);
            if (methods == null) {
                methods = new TreeMap<>();
                paths.put(spec, methods);
            }
            if (methods.put(route.method(), route) != null) {
                throw new IllegalArgumentException("two routes for " + route);
            }
        }
    }

    /** The methods of a path, and its variables. */
    record Match(String template, Map<String, Route> methods, Map<String, String> variables) {
        /** HEAD is answered as GET; Jetty leaves the body out. */
        Optional<Route> route(String method) {
            return Optional.ofNullable(methods.get(method.equals("HEAD") ? "GET" : method));
        }

        String allow() {
            Set<String> allowed = new TreeSet<>(methods.keySet());
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            return String.join(", ", allowed);
        }
    }

    Optional<Match> match(String rawPath) {
        if (!PLAIN.matcher(rawPath).matches()) {
            return Optional.empty();
        }
        MatchedResource<Map<String, Route>> found = paths.getMatched(rawPath);
        if (found == null || !(found.getPathSpec() instanceof UriTemplatePathSpec spec)) {
            return Optional.empty();
        }
        return Optional.of(
                new Match(spec.getDeclaration(), found.getResource(), spec.getPathParams(rawPath)));
    }
}
