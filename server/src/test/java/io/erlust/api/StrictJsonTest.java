package io.erlust.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Bodies that are nearly JSON: refused with a reason, never a 500, never accepted. */
class StrictJsonTest {
    @TempDir
    static Path data;

    private static ApiFixture api;

    @BeforeAll
    static void start() throws Exception {
        api = new ApiFixture(data);
    }

    @AfterAll
    static void stop() throws Exception {
        api.close();
    }

    private static Arguments bad(String name, String text) {
        return Arguments.of(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Arguments bytes(String name, int... bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int each : bytes) {
            out.write(each);
        }
        return Arguments.of(name, out.toByteArray());
    }

    private static Arguments encoded(String name, String charset) {
        return Arguments.of(name, "{\"id\":\"1\"}".getBytes(Charset.forName(charset)));
    }

    /** Wrong for a body and for an item. */
    static Stream<Arguments> malformed() {
        return Stream.of(
                bad("empty", ""),
                bad("blank", "  \n "),
                bad("trailing data", "{} {}"),
                bad("trailing brace", "{}}"),
                bad("trailing comma", "{\"a\":1,}"),
                bad("trailing comma in an array", "[1,]"),
                bad("missing comma", "[1 2]"),
                bad("missing colon", "{\"a\" 1}"),
                bad("unclosed", "{\"a\":[1"),
                bad("unclosed string", "\"abc"),
                bad("single quotes", "{'a':1}"),
                bad("bare key", "{a:1}"),
                bad("comment", "{/* a */}"),
                bad("line comment", "{} // a"),
                bad("NaN", "{\"a\":NaN}"),
                bad("Infinity", "{\"a\":Infinity}"),
                bad("minus Infinity", "{\"a\":-Infinity}"),
                bad("leading zero", "{\"a\":01}"),
                bad("leading plus", "{\"a\":+1}"),
                bad("leading point", "{\"a\":.5}"),
                bad("trailing point", "{\"a\":5.}"),
                bad("bare exponent", "{\"a\":1e}"),
                bad("bare minus", "{\"a\":-}"),
                bad("hexadecimal", "{\"a\":0x1}"),
                bad("True", "{\"a\":True}"),
                bad("nul", "{\"a\":nul}"),
                bad("control character", "\"a\u0001b\""),
                bad("tab in a string", "\"a\tb\""),
                bad("bad escape", "\"\\x41\""),
                bad("short unicode escape", "\"\\u12\""),
                bad("NUL behind", "{}\u0000"),
                bad("form feed", "\f{}"),
                bad("no-break space", "\u00a0{}"),
                bad("depth of 100,000", "[".repeat(100_000)),
                bad("closed depth of 100,000", "[".repeat(100_000) + "]".repeat(100_000)),
                bad("depth of objects", "{\"a\":".repeat(50_000)),
                bad("number of 100,000 digits", "1".repeat(100_000)),
                bytes("byte order mark", 0xEF, 0xBB, 0xBF, '{', '}'),
                bytes("lonely continuation", '"', 0x80, '"'),
                bytes("overlong slash", '"', 0xC0, 0xAF, '"'),
                bytes("overlong three", '"', 0xE0, 0x80, 0xAF, '"'),
                bytes("surrogate in UTF-8", '"', 0xED, 0xA0, 0x80, '"'),
                bytes("beyond Unicode", '"', 0xF4, 0x90, 0x80, 0x80, '"'),
                bytes("cut sequence", '"', 0xE2, 0x82, '"'),
                bytes("Latin 1", '"', 0xE9, '"'),
                bytes("0xFF", '"', 0xFF, '"'),
                encoded("UTF-16", "UTF-16"),
                encoded("UTF-16LE", "UTF-16LE"),
                encoded("UTF-16BE", "UTF-16BE"),
                encoded("UTF-32BE", "UTF-32BE"));
    }

    /**
     * An item is not ours to interpret: keys that repeat and half characters pass through as they
     * are.
     */
    static Stream<Arguments> malformedForABody() {
        return Stream.of(
                bad("duplicate key", "{\"id\":\"1\",\"id\":\"2\"}"),
                bad("duplicate key inside", "{\"args\":{\"a\":1,\"a\":1}}"),
                bad("duplicate key by escape", "{\"a\":1,\"\\u0061\":2}"),
                bad("half a surrogate pair", "{\"args\":\"\\ud800\"}"),
                bad("the other half", "{\"args\":\"\\udc00x\"}"),
                bad("swapped halves", "{\"args\":\"\\udc00\\ud800\"}"),
                bad("half a key", "{\"\\ud800\":1}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"malformed", "malformedForABody"})
    void a_body_that_is_not_json_is_400(String name, byte[] body) throws Exception {
        var answer = api.post("/v1/jobs", "application/json", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(ApiFixture.problem(answer)).isEqualTo("malformed-json");
        assertThat(ApiFixture.json(answer).path("detail").stringValue()).isNotBlank();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void an_item_that_is_not_json_is_400_and_not_stored(String name, byte[] body) throws Exception {
        var answer = api.post("/v1/queues/strict/items", "application/json", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(ApiFixture.json(answer).path("accepted").intValue()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wellFormed")
    void well_formed_json_of_the_wrong_shape_is_422(String name, byte[] body) throws Exception {
        var answer = api.post("/v1/jobs", "application/json", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(ApiFixture.problem(answer)).isEqualTo("invalid-field");
    }

    static Stream<Arguments> wellFormed() {
        return Stream.of(
                bad("null", "null"),
                bad("number", "1"),
                bad("huge exponent", "1e999999999"),
                bad("array", "[]"),
                bad("text", "\"x\""),
                bad("empty object", "{}"),
                bad("unknown field", "{\"job\":{\"id\":\"1\",\"nonsense\":1}}"),
                bad("wrapper with more", "{\"job\":{},\"x\":1}"),
                bad("wrong type", "{\"job\":{\"id\":[]}}"));
    }
}
