package io.erlust.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;

class ApiConfigTest {
    @Test
    void defaults_listen_on_loopback() {
        ApiConfig config = ApiConfig.loopback(4370);
        assertThat(config.address()).isEqualTo("127.0.0.1");
        assertThat(config.bodyBytesMax()).isEqualTo(16 << 20);
        assertThat(config.headerBytesMax()).isEqualTo(16 << 10);
    }

    @Test
    void an_address_others_can_reach_needs_to_be_insisted_on() {
        ApiConfig config = ApiConfig.loopback(0);
        assertThatThrownBy(() -> config.at("0.0.0.0", false, List.of()))
                .hasMessageContaining("--insecure-http");
        assertThat(config.at("0.0.0.0", true, List.of("app.example")).hosts())
                .containsExactly("app.example");
        assertThat(config.at("::1", false, List.of()).address()).isEqualTo("::1");
    }

    @Test
    void values_out_of_bounds_are_named_with_what_was_expected() {
        assertThatThrownBy(() -> ApiConfig.loopback(65_536))
                .hasMessage("port: expected 0 to 65535, got 65536");
    }
}
