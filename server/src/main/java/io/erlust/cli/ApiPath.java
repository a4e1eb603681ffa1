package io.erlust.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A path of the API with its query, built from raw parts and encoded here only. */
record ApiPath(String text) {
    static ApiPath of(String... segments) {
        StringBuilder path = new StringBuilder();
        for (String segment : segments) {
            path.append('/').append(encode(segment));
        }
        return new ApiPath(path.toString());
    }

    ApiPath with(String name, Object value) {
        String separator = text.contains("?") ? "&" : "?";
        return new ApiPath(text + separator + encode(name) + "=" + encode(value.toString()));
    }

    /** Once for each value. */
    ApiPath with(String name, List<String> values) {
        ApiPath path = this;
        for (String value : values) {
            path = path.with(name, (Object) value);
        }
        return path;
    }

    ApiPath with(String name, Optional<?> value) {
        return value.isPresent() ? with(name, value.get()) : this;
    }

    private static String encode(String raw) {
        return URLEncoder.encode(raw, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
