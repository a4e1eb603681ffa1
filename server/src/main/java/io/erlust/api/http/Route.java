package io.erlust.api.http;

/**
 * One entry of the route table.
 *
 * @param template a path whose {@code {names}} stand for one segment each
 * @param isPublic whether it answers without a token; everything else is refused by default
 */
public record Route(String method, String template, boolean isPublic, Endpoint endpoint) {
    /**
     * Answers one request: parses, calls, renders. Runs on a virtual thread of its own and may
     * block.
     */
    @FunctionalInterface
    public interface Endpoint {
        void answer(Exchange exchange) throws Exception;
    }

    public static Route get(String template, Endpoint endpoint) {
        return new Route("GET", template, false, endpoint);
    }

    public static Route post(String template, Endpoint endpoint) {
        return new Route("POST", template, false, endpoint);
    }

    public static Route put(String template, Endpoint endpoint) {
        return new Route("PUT", template, false, endpoint);
    }

    public static Route delete(String template, Endpoint endpoint) {
        return new Route("DELETE", template, false, endpoint);
    }

    /** For probes, which have no token. */
    public static Route open(String template, Endpoint endpoint) {
        return new Route("GET", template, true, endpoint);
    }
}
