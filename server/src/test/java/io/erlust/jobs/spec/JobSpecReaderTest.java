package io.erlust.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.erlust.json.InvalidField;
import io.erlust.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class JobSpecReaderTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00.123456Z");
    private final JobSpecReader reader = new JobSpecReader(Set.of("python", "ruby"), 64, () -> NOW);

    private JobSpec read(String json) {
        return reader.read(Json.parse(json.replace('\'', '"')));
    }

    private InvalidField refused(String json) {
        InvalidField refusal = catchThrowableOfType(InvalidField.class, () -> read(json));
        assertThat(refusal).as(json).isNotNull();
        return refusal;
    }

    @Test
    void the_form_of_the_first_day_is_read() {
        JobSpec spec = read("""
                        {"job": {"id": "1", "when": "now", "security_hash": "secret",
                         "callback_url": "https://app.example/erlust", "language": "python",
                         "num_of_nodes": "4", "source": "def main(): ..."}}
                        """);
        assertThat(spec)
                .isEqualTo(new JobSpec(
                        new JobId("1"),
                        new Life(
                                new When.Now(),
                                Optional.empty(),
                                Optional.empty(),
                                1,
                                Duration.ofSeconds(10),
                                0),
                        "python",
                        4,
                        "def main(): ...",
                        Optional.of(URI.create("https://app.example/erlust")),
                        Optional.of("secret"),
                        "1",
                        "null",
                        Map.of(),
                        Restart.DEFAULT,
                        List.of(),
                        Map.of(),
                        List.of(),
                        NodeSettings.DEFAULT));
    }

    @Test
    void the_plain_form_with_every_field_is_read() {
        JobSpec spec = read("""
                        {"id": "big-1", "when": {"after": ["a", "b", "a"]}, "language": "ruby",
                         "num_of_nodes": 64, "source": "x", "queue": "contacts",
                         "args": {"b": [1, 2.50], "a": null}, "env": {"MODE": "fast"},
                         "timeout": "PT1M30S", "produces": ["out", "log", "out"],
                         "restart": {"intensity": "3", "period_ms": 10000, "shutdown_ms": 0,
                          "strategy": "rest_for_one", "auto_shutdown": "any",
                          "rerun_completed": true},
                         "links": ["c", "b", "c"], "network": true, "item_timeout_ms": 30000,
                         "start_timeout_ms": "1500",
                         "limits": {"memory_bytes": 2147483648, "processes": "7", "cpus": "1.5",
                          "open_files": 64},
                         "labels": {"team": "crm"}, "callback_url": null}
                        """);
        assertThat(spec.when())
                .isEqualTo(
                        new When.After(List.of(new JobId("a"), new JobId("b")), When.On.COMPLETED));
        assertThat(spec.nodes()).isEqualTo(64);
        assertThat(spec.queue()).isEqualTo("contacts");
        assertThat(spec.args()).startsWith("{\"b\":[1,2.5").endsWith("],\"a\":null}");
        assertThat(spec.env()).containsExactly(Map.entry("MODE", "fast"));
        assertThat(spec.life().timeout()).contains(Duration.ofSeconds(90));
        assertThat(spec.produces()).containsExactly("log", "out");
        assertThat(spec.restart())
                .isEqualTo(new Restart(
                        Restart.Strategy.REST_FOR_ONE,
                        Restart.Type.TRANSIENT,
                        3,
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        Restart.AutoShutdown.ANY,
                        true));
        assertThat(spec.links()).containsExactly(new JobId("c"), new JobId("b"));
        assertThat(spec.nodeSettings())
                .isEqualTo(new NodeSettings(
                        true,
                        new Limits(1L << 31, 7, 1.5, 64, 256 << 20),
                        Optional.of(Duration.ofSeconds(30)),
                        Duration.ofMillis(1500)));
        assertThat(spec.labels()).containsExactly(Map.entry("team", "crm"));
    }

    @Test
    void a_job_without_an_id_gets_a_uuid_of_version_7_with_the_time() {
        JobSpec one = read("{'source': 'x'}");
        JobSpec two = read("{'source': 'x'}");
        UUID uuid = UUID.fromString(one.id().value());
        assertThat(uuid.version()).isEqualTo(7);
        assertThat(uuid.variant()).isEqualTo(2);
        assertThat(uuid.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
        assertThat(one.id()).isNotEqualTo(two.id());
        assertThat(one.queue()).isEqualTo(one.id().value());
    }

    @Test
    void a_timeout_may_be_in_milliseconds() {
        assertThat(read("{'source': 'x', 'timeout_ms': '1500'}").life().timeout())
                .contains(Duration.ofMillis(1500));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    [] |  | an object | an array
                    {} | /source | the program's text | nothing
                    {'source': ''} | /source | 1 to 8388608 bytes | 0 bytes
                    {'source': 5} | /source | a string | 5
                    {'job': {'source': ''}} | /job/source | the program's text | 0 bytes
                    {'job': null} | /job | an object | nothing
                    {'job': {'source': 'x'}, 'id': '1'} | /id | one of [job] | unknown
                    {'job': {'source': 'x', 'id': '..'}} | /job/id | an id of 1 to 128 | ".."
                    """)
    void a_bad_body_is_refused_with_the_place_what_was_expected_and_got(
            String json, String pointer, String expected, String got) {
        check(refused(json), pointer == null ? "" : pointer, expected, got);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    'prioriti': 1 | /prioriti | num_of_nodes | unknown
                    'max_attempts': 3 | /max_attempts | one of | unknown
                    'id': 7 | /id | a string | 7
                    'id': '' | /id | an id of 1 to 128 | ""
                    'id': 'a/b' | /id | an id of 1 to 128 | "a/b"
                    'queue': 'a b' | /queue | a queue name of | "a b"
                    'language': 'perl' | /language | one of [python, ruby] | "perl"
                    'num_of_nodes': 0 | /num_of_nodes | from 1 to 64 | 0
                    'num_of_nodes': '65' | /num_of_nodes | from 1 to 64 | "65"
                    'num_of_nodes': 1.5 | /num_of_nodes | an integer | 1.5
                    'num_of_nodes': '' | /num_of_nodes | an integer | ""
                    'when': 'later' | /when | "manual", an RFC 3339 | "later"
                    'when': 'PT0S' | /when | an ISO 8601 duration | "PT0S"
                    'when': 'P1M' | /when | of days, hours | "P1M"
                    'when': 'P99999D' | /when | at most 3660 days | "P99999D"
                    'when': '2026-12-24T18:00:00' | /when | RFC 3339 | "2026
                    'when': '+999999999-01-01T00:00:00Z' | /when | RFC 3339 | "+9
                    'when': 5 | /when | "now" | 5
                    'when': {} | /when/after | 1 to 100 ids | nothing
                    'when': {'cron': '*'} | /when/cron | 5 fields | "*"
                    'when': {'cron': 5} | /when/cron | a string | 5
                    'when': {'cron': '0 0 30 2 *'} | /when/cron | some day comes true | "0 0
                    'when': {'cron': '* * * * *', 'timezone': 'x'} | /when/timezone | "UTC" | "x"
                    'when': {'cron': '* * * * *', 'timezone': '+02:00'} | /when/timezone | name | "+
                    'when': {'cron': '* * * * *', 'overlap': 'x'} | /when/overlap | skip, que | x
                    'when': {'cron': '* * * * *', 'catch_up': 1} | /when/catch_up | true or | 1
                    'when': {'cron': '* * * * *', 'on': 'x'} | /when/on | catch_up | unknown
                    'when': {'cron': '* * * * *'}, 'links': ['b'] | /links | ends with a run | array
                    'expires_at': 'never' | /expires_at | an RFC 3339 time | "never"
                    'expires_at': 5 | /expires_at | a string | 5
                    'job_attempts': 0 | /job_attempts | from 1 to 100 | 0
                    'job_backoff_ms': 1 | /job_backoff_ms | beside job_attempts | 1
                    'job_attempts': 2, 'job_backoff_ms': -1 | /job_backoff_ms | from 0 | -1
                    'priority': 101 | /priority | from -100 to 100 | 101
                    'when': {'after': []} | /when/after | 1 to 100 ids | an array
                    'when': {'after': 'a'} | /when/after | an array of strings | "a"
                    'when': {'after': ['a'], 'on': 'end'} | /when/on | completed, finished | "end"
                    'when': {'after': ['a', '/']} | /when/after/1 | an id of | "/"
                    'id': 'a', 'when': {'after': ['a']} | /when/after/0 | another job | own id
                    'when': {'after': ['a'], 'x': 1} | /when/x | one of [after, on] | unknown
                    'env': {'A B': 'x'} | /env/A B | a name like | another
                    'env': {'ERLUST_SOCKET': 'x'} | /env/ERLUST_SOCKET | not start | ERLUST_SOCKET
                    'env': {'A': 1} | /env/A | a string | 1
                    'env': {'A': null} | /env/A | a string | nothing
                    'env': {'A': '\\u0000'} | /env/A | none of them NUL | 1 char
                    'labels': {'a': '\\n'} | /labels/a | no control | 1 char
                    'labels': {'=': 'x'} | /labels/= | a name like | another
                    'timeout': '5 min' | /timeout | like "PT10M" | "5 min"
                    'timeout': 'PT0S' | /timeout | from PT0.001S | "PT0S"
                    'timeout': 60 | /timeout | a string | 60
                    'timeout_ms': 0 | /timeout_ms | from 1 to | 0
                    'timeout': 'PT1S', 'timeout_ms': 1 | /timeout | not both | "PT1S"
                    'restart': 1 | /restart | an object | 1
                    'restart': {'intensity': -1} | /restart/intensity | from 0 to | -1
                    'restart': {'period_ms': 1500} | /restart/period_ms | whole seconds | 1500
                    'restart': {'backoff': 1} | /restart/backoff | one of [auto_shutdown | unknown
                    'restart': {'strategy': 'x'} | /restart/strategy | one_for_all, rest | "x"
                    'restart': {'type': 'ONE'} | /restart/type | transient, temporary | "ONE"
                    'restart': {'type': 1} | /restart/type | a string | 1
                    'restart': {'auto_shutdown': 'none'} | /restart/auto_shutdown | [all, any] | no
                    'restart': {'rerun_completed': 1} | /restart/rerun_completed | true or false | 1
                    'links': 'a' | /links | an array of strings | "a"
                    'links': ['a', '..'] | /links/1 | an id of 1 to 128 | ".."
                    'id': 'a', 'links': ['b', 'a'] | /links/1 | another job | own id
                    'network': 'yes' | /network | true or false | "yes"
                    'item_timeout_ms': 0 | /item_timeout_ms | from 1 to | 0
                    'start_timeout_ms': 99 | /start_timeout_ms | from 100 to 3600000 | 99
                    'start_timeout_ms': 3600001 | /start_timeout_ms | to 3600000 | 3600001
                    'limits': 1 | /limits | an object | 1
                    'limits': {'memory_bytes': 1000} | /limits/memory_bytes | from 16777216 | 1000
                    'limits': {'processes': 0} | /limits/processes | from 1 to 32768 | 0
                    'limits': {'cpus': 0} | /limits/cpus | from 0.1 to 1024 | 0
                    'limits': {'cpus': 'all'} | /limits/cpus | from 0.1 | "all"
                    'limits': {'cpus': '1e9'} | /limits/cpus | from 0.1 | "1e9"
                    'limits': {'open_files': 3} | /limits/open_files | from 64 | 3
                    'limits': {'scratch_bytes': -1} | /limits/scratch_bytes | from 1048576 | -1
                    'limits': {'gpus': 1} | /limits/gpus | memory_bytes | unknown
                    'produces': 'out' | /produces | an array of strings | "out"
                    'produces': ['', 'a'] | /produces/0 | a queue name | ""
                    'security_hash': 's' | /callback_url | there is a security_hash | nothing
                    'callback_url': 'https://a.example' | /security_hash | unsigned | nothing
                    """)
    void a_bad_field_is_refused_with_the_place_what_was_expected_and_got(
            String field, String pointer, String expected, String got) {
        String job = "{'source': 'x', " + field + "}";
        check(refused(job), pointer, expected, got);
        check(refused("{'job': " + job + "}"), "/job" + pointer, expected, got);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    'type': 'permanent', 'auto_shutdown': 'all' | auto_shutdown | never end | all
                    'strategy': 'one_for_one', 'rerun_completed': true | rerun_completed | do | true
                    'strategy': 'one_for_all', 'type': 'temporary', 'rerun_completed': true | \
                    rerun_completed | transient | true
                    """)
    void a_restart_rule_that_would_do_nothing_is_refused(
            String rules, String field, String expected, String got) {
        String job = "{'source': 'x', 'restart': {" + rules + "}}";
        check(refused(job), "/restart/" + field, expected, got);
    }

    private static void check(InvalidField refusal, String pointer, String expected, String got) {
        assertThat(refusal.pointer()).isEqualTo(pointer);
        assertThat(refusal.expected()).contains(expected);
        assertThat(refusal.got()).contains(got);
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://a.example/x",
        "/relative",
        "https:///x",
        "mailto:a@b.example",
        "not a url",
        "https://user:pw@a.example/",
        "https://a.example/#top",
        "http://a.example:70000/",
        "http://a.example:0/"
    })
    void a_callback_goes_to_an_absolute_http_url_and_nowhere_else(String url) {
        InvalidField refusal =
                refused("{'source':'x','security_hash':'s','callback_url':'" + url + "'}");
        assertThat(refusal.pointer()).isEqualTo("/callback_url");
        assertThat(refusal.expected()).contains("http or https");
        assertThat(refusal.got()).contains(url);
    }

    @Test
    void a_long_callback_url_is_refused_and_not_repeated_whole() {
        String url = "https://a.example/" + "x".repeat(2048);
        InvalidField refusal =
                refused("{'source':'x','security_hash':'s','callback_url':'" + url + "'}");
        assertThat(refusal.getMessage()).contains("2048").hasSizeLessThan(400);
    }

    @ParameterizedTest
    @CsvSource({"whsec_", "whsec_not*base64", "''"})
    void a_secret_that_cannot_sign_is_refused_without_being_shown(String secret) {
        assertThatThrownBy(() -> read("{'source':'x','callback_url':'http://a.example',"
                        + "'security_hash':'" + secret + "'}"))
                .isInstanceOf(InvalidField.class)
                .hasMessageStartingWith("/security_hash")
                .hasMessageNotContaining("not*base64");
    }

    @Test
    void a_source_may_have_8_mib_in_utf_8_and_not_a_byte_more() {
        String half = "é".repeat(4 << 20);
        assertThat(read("{'source':'" + half + "'}").source()).isEqualTo(half);
        assertThat(refused("{'source':'" + half + "x'}").got()).isEqualTo("8388609 bytes");
    }

    @Test
    void variables_that_no_process_could_be_started_with_are_refused() {
        assertThat(read(withVariables(7)).env()).hasSize(7);
        check(refused(withVariables(8)), "/env", "262144 characters in all", "262160");
    }

    /** Each as long as one may be. */
    private static String withVariables(int count) {
        String value = "x".repeat(TextMapReader.ENV_CHARS_MAX);
        String env = IntStream.range(0, count)
                .mapToObj(i -> "'V" + i + "': '" + value + "'")
                .collect(Collectors.joining(","));
        return "{'source': 'x', 'env': {" + env + "}}";
    }

    @Test
    void a_spec_in_a_log_shows_neither_its_secret_nor_its_source_nor_its_env() {
        String shown =
                read("{'source':'SRC','callback_url':'http://a.example','security_hash':'HUSH',"
                                + "'env':{'PASSWORD':'PW'}}")
                        .toString();
        assertThat(shown).doesNotContain("SRC", "HUSH", "PW");
    }
}
