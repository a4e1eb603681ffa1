package io.erlust.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

class TargetGuardTest {
    private static final int OWN_PORT = 4370;
    private static final String PUBLIC = "93.184.215.14";

    /** Whatever the name, these answers. */
    private static TargetGuard guard(String allowed, String... answers) {
        List<InetAddress> addresses =
                Stream.of(answers).map(InetAddress::ofLiteral).toList();
        return guard(allowed, host -> addresses);
    }

    private static TargetGuard guard(String allowed, NameResolver resolver) {
        List<AllowedTarget> targets = Stream.of(allowed.split(" "))
                .filter(entry -> !entry.isEmpty())
                .map(AllowedTarget::parse)
                .toList();
        return new TargetGuard(targets, () -> OWN_PORT, resolver);
    }

    private static List<InetSocketAddress> resolve(TargetGuard guard, String url)
            throws UnknownHostException {
        return guard.resolve(Target.of(URI.create(url)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.0.0.1.",
                "127.255.255.254",
                "169.254.169.254",
                "169.254.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "100.100.100.200",
                "168.63.129.16",
                "[::]",
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::127.0.0.1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::ffff:a9fe:a9fe]",
                "[64:ff9b::7f00:1]",
                "[64:ff9b::169.254.169.254]",
                "[64:ff9b:1::1]",
                "[100::1]",
                "[2001::1]",
                "[2001:0:1:2:3:4:80ff:fffe]",
                "[2001:db8::1]",
                "[2002:7f00:1::]",
                "[2002:a9fe:a9fe::1]",
                "[fc00::1]",
                "[fd12:3456::1]",
                "[fd00:ec2::254]",
                "[fe80::1]",
                "[febf::1]",
                "[fec0::1]",
                "[ff02::1]",
                "[::ffff:0:127.0.0.1]",
                "[2a00::200:5efe:7f00:1]",
                "localhost",
                "LOCALHOST",
                "localhost.",
                "app.localhost",
                "127.1",
                "127.0.1",
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "0177.0.0.1",
                "017700000001",
                "127.0.0.01",
                "127.0.0.0x1",
                "1.2.3.4.5",
                "256.0.0.1",
                "1.2.3",
                "example.0x7f",
                "example.1"
            })
    void a_host_that_is_not_public_is_refused_at_once(String host) {
        assertThatThrownBy(() -> guard("").check(URI.create("https://" + host + "/x")))
                .as(host)
                .isInstanceOf(TargetRefused.class)
                .hasMessageStartingWith("expected ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "mailto:a@example.com",
                "//example.com/x",
                "/x",
                "https:///x",
                "https://user@example.com/",
                "https://user:pw@example.com/",
                "https://@example.com/",
                "https://example.com/#x",
                "https://a_b.example/",
                "https://-a.example/",
                "https://a..example/",
                "https://example.com../",
                "https://%31%32%37.0.0.1/",
                "https://ex%61mple.com/",
                "https://exämple.com/",
                "https://①②⑦.0.0.1/",
                "https://127。0。0。1/",
                "https://example.com:0/",
                "https://example.com:65536/",
                "https://[fe80::1%25eth0]/",
                "https://[::1%25lo]/",
                "https://example.com:22/",
                "https://example.com:80/",
                "http://example.com/",
                "http://example.com:8080/"
            })
    void a_url_that_is_not_plainly_good_is_refused_at_once(String url) {
        assertThatThrownBy(() -> guard("").check(URI.create(url)))
                .as(url)
                .isInstanceOf(TargetRefused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com",
                "https://EXAMPLE.com./a?b=c",
                "https://example.com:8443/",
                "https://xn--exmple-cua.com/",
                "https://8.8.8.8/",
                "https://[2606:4700::1111]/",
                "https://172.15.0.1/",
                "https://172.32.0.1/",
                "https://100.63.0.1/",
                "https://1e100.net/"
            })
    void a_public_target_over_https_is_good(String url) {
        assertThatCode(() -> guard("").check(URI.create(url))).as(url).doesNotThrowAnyException();
    }

    @Test
    void a_url_that_is_too_long_is_refused() {
        URI url = URI.create("https://example.com/" + "a".repeat(Target.URL_CHARS_MAX));
        assertThatThrownBy(() -> guard("").check(url)).hasMessageContaining("2048");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:3000, http://localhost:3000/x",
        "LOCALHOST.:3000, http://localhost:3000/x",
        "127.0.0.1:3000, http://127.0.0.1:3000/x",
        "127.0.0.1:3000, http://localhost:3000/x",
        "127.0.0.1, http://127.0.0.1:8080/x",
        "[::1]:3000, http://[::1]:3000/x",
        "::1, http://[::1]:8080/x",
        "10.1.0.0/16, http://10.1.255.255/x",
        "10.1.9.9/16, http://10.1.0.1/x",
        "fd00::/8, http://[fd12::1]/x",
        "app.internal:80, http://app.internal/x",
        "app.internal, http://app.internal:25/x",
        "0.0.0.0/0, https://192.168.1.1/",
        "10.1.0.0/16, http://whatever.internal/x"
    })
    void the_allow_list_opens(String allowed, String url) {
        assertThatCode(() -> guard(allowed).check(URI.create(url))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:3000, http://localhost:3001/x",
        "127.0.0.1:3000, http://127.0.0.2:3000/x",
        "10.1.0.0/16, http://10.2.0.1/x",
        "10.0.0.0/8, 'https://[64:ff9b::10.0.0.1]/x'",
        "app.internal:80, http://x.app.internal/x",
        "127.0.0.1:3000, http://whatever.internal:3001/x"
    })
    void the_allow_list_opens_nothing_else(String allowed, String url) {
        assertThatThrownBy(() -> guard(allowed).check(URI.create(url)))
                .isInstanceOf(TargetRefused.class)
                .hasMessageContaining("--allow-callback");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, http://169.254.169.254/latest", "169.254.169.254:80, http://169.254.169.254/",
        "::/0, http://[fe80::1]/", "::/0, 'http://[64:ff9b::169.254.169.254]/'",
        "2002::/16, http://[2002:a9fe:a9fe::1]/", "100.64.0.0/10, http://100.100.100.200/",
        "fd00::/8, http://[fd00:ec2::254]/", "0.0.0.0/0, https://168.63.129.16/",
        "127.0.0.1:4370, http://127.0.0.1:4370/v1/jobs", "0.0.0.0/0, http://0.0.0.0:4370/",
        "localhost, http://localhost:4370/", "10.0.0.0/8, http://10.0.0.1:4370/",
        "'::1', http://[::1]:4370/"
    })
    void metadata_services_and_this_server_itself_are_never_opened(String allowed, String url) {
        assertThatThrownBy(() -> guard(allowed).check(URI.create(url)))
                .isInstanceOf(TargetRefused.class)
                .hasMessageContaining("no option opens");
    }

    @Test
    void the_refusal_says_which_option_would_open_the_target() {
        assertThatThrownBy(() -> guard("").check(URI.create("http://127.0.0.1:3000/hook")))
                .isInstanceOf(TargetRefused.class)
                .hasMessage(
                        "expected a public address; to call a loopback address, start the server"
                                + " with --allow-callback 127.0.0.1:3000, got 127.0.0.1:3000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "host:", "host:0", "host:70000", "10.0.0.0/33", "x/8", "127.1:80"
            })
    void a_wrong_allow_list_entry_is_refused(String entry) {
        assertThatThrownBy(() -> AllowedTarget.parse(entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }

    @Test
    void every_answer_of_dns_must_be_good() throws Exception {
        assertThat(resolve(guard("", PUBLIC, "8.8.8.8"), "https://a.example/"))
                .containsExactly(
                        new InetSocketAddress(InetAddress.ofLiteral(PUBLIC), 443),
                        new InetSocketAddress(InetAddress.ofLiteral("8.8.8.8"), 443));
        for (String bad : List.of("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1")) {
            assertThatThrownBy(() -> resolve(guard("", PUBLIC, bad), "https://a.example/"))
                    .isInstanceOf(TargetRefused.class);
        }
    }

    @Test
    void a_name_that_turns_private_is_refused_then() throws Exception {
        Deque<String> answers = new ArrayDeque<>(List.of(PUBLIC, "127.0.0.1"));
        TargetGuard guard = guard("", host -> List.of(InetAddress.ofLiteral(answers.remove())));
        guard.check(URI.create("https://rebind.example/"));
        assertThat(answers).as("checking early asks no DNS").hasSize(2);
        resolve(guard, "https://rebind.example/");
        assertThatThrownBy(() -> resolve(guard, "https://rebind.example/"))
                .isInstanceOf(TargetRefused.class)
                .hasMessageContaining("rebind.example:443 at 127.0.0.1");
    }

    @Test
    void an_allowed_name_still_never_leads_to_metadata() {
        assertThatThrownBy(() ->
                        resolve(guard("app.internal", "169.254.169.254"), "http://app.internal/"))
                .isInstanceOf(TargetRefused.class);
    }

    @Test
    void an_allowed_network_opens_names_that_lead_into_it_and_no_others() throws Exception {
        assertThat(resolve(guard("10.1.0.0/16", "10.1.2.3"), "http://app.internal/"))
                .hasSize(1);
        assertThatThrownBy(() -> resolve(guard("10.1.0.0/16", "10.2.2.3"), "http://app.internal/"))
                .isInstanceOf(TargetRefused.class);
        assertThatThrownBy(() -> resolve(guard("10.1.0.0/16", PUBLIC), "http://app.internal/"))
                .hasMessageContaining("https://");
    }

    @Test
    void localhost_uses_the_one_of_its_addresses_that_is_allowed() throws Exception {
        assertThat(resolve(guard("127.0.0.1:3000", "127.0.0.1", "::1"), "http://localhost:3000/"))
                .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 3000));
    }
}
