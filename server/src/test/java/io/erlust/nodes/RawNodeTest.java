package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

/** Nodes that speak the protocol by hand, and break it. */
class RawNodeTest {
    @TempDir
    private Path data;

    private NodeFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new NodeFixture(data, "none");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void garbage_is_answered_with_protocol_and_the_connection_closed() throws Exception {
        assertViolation("s.sendall(b'hello?\\n')", "header");
        assertViolation("s.sendall(b'{' * 100_000)", "65536");
        assertViolation("s.sendall(b'[1]\\n')", "object");
        assertViolation("send({'op': 'get', 'q': 'in'})", "hello first");
        assertViolation("send({'op': 'hello', 'v': 2})", "/v");
        assertViolation("hello(); send({'op': 'put', 'q': 'in'}, 1)", "/id");
        assertViolation("hello(); send({'op': 'put', 'id': 1, 'n': 100001})", "/n");
        assertViolation("hello(); send({'op': 'get', 'q': '../x'})", "queue name");
        assertViolation(
                "hello(); send({'op': 'emit', 'id': 1, 'n': 1}); s.sendall(b'1' * 3_000_000)",
                "2097152");
    }

    private void assertViolation(String code, String message) throws Exception {
        String source = "try:\n    " + code + "\nexcept BrokenPipeError: pass\n"
                + "try: print(f.readline())\nexcept ConnectionResetError: pass\n";
        NodeExit exit = fixture.raw(source).exit();
        assertThat(exit.reason()).startsWith("protocol: ").contains(message);
    }

    @Test
    void refused_requests_are_answered_with_a_code_and_the_node_lives_on() throws Exception {
        NodeExit exit = fixture.raw("""
                                hello()
                                s.sendall(b'{"op":"put","q":"out","id":1,"n":1}\\nnot json\\n')
                                send({"op": "put", "q": "out", "id": 2}, "x" * 1_048_577)
                                send({"op": "fly", "id": 3})
                                send({"op": "fly"})
                                send({"op": "put", "q": "no/name", "id": 4}, 1)
                                send({"op": "put", "q": "out", "id": 5}, 1, 2, 3)
                                send({"op": "emit", "id": 6, "q_ack": "out", "upto": 1}, 1)
                                send({"op": "done", "id": 7})
                                for _ in range(7):
                                    a = recv()[0]
                                    print(a["id"], a.get("error", {}).get("code", "ok"))
                                """).exit();
        assertThat(exit.reason()).isEqualTo("normal");
        assertThat(fixture.log().lines())
                .containsExactly(
                        "1 invalid_json",
                        "2 too_large",
                        "3 unknown_op",
                        "4 protocol",
                        "5 ok",
                        "6 protocol",
                        "7 ok");
        assertThat(fixture.stats(NodeFixture.OUT).ready()).isEqualTo(3);
    }

    @Test
    void a_node_without_a_hand_file_gets_one_item_at_a_time_and_is_charged_for_it()
            throws Exception {
        fixture.putNumbers(NodeFixture.IN, 3);
        NodeFixture.Started node = fixture.raw("""
                        hello()
                        send({"op": "get", "q": "in"})
                        print(recv())
                        send({"op": "ack", "q": "in", "upto": 1})
                        print(recv())
                        os._exit(3)
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.reason()).isEqualTo("exit 3");
        assertThat(exit.charged()).hasValueSatisfying(id -> assertThat(id).endsWith(".1"));
        assertThat(node.acknowledged).hasValue(1);
        await().until(() -> fixture.stats(NodeFixture.IN).retrying() == 1);
        assertThat(fixture.stats(NodeFixture.IN).ready()).isEqualTo(1);
    }

    @Test
    void a_step_applies_its_results_and_its_acknowledgement_together() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 3);
        NodeFixture.Started node = fixture.raw("""
                        hello(hand=True)
                        send({"op": "get", "q": "in"})
                        got = answered = 0
                        while answered < 3:
                            header, items = recv()
                            if header["op"] == "ok":
                                answered = header["id"]
                                continue
                            got += len(items)
                            first = header["first"]
                            ids = [f'{header["id"]}.{first + k}' for k in range(len(items))]
                            ack = {"q_ack": "in", "upto": got}
                            send({"op": "emit", "id": got, "items": ids, **ack}, *items)
                        mark(3, 3)
                        os._exit(1)
                        """);
        assertThat(node.exit().charged()).isEmpty();
        assertThat(node.acknowledged).hasValue(3);
        assertThat(fixture.results()).containsExactlyInAnyOrder("0", "1", "2");
        assertThat(fixture.stats(NodeFixture.IN).ready()).isZero();
        assertThat(fixture.stats(NodeFixture.IN).retrying()).isZero();
    }

    @Test
    void a_step_right_behind_a_failure_does_not_acknowledge_what_failed() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 1);
        NodeFixture.Started node = fixture.raw("""
                        hello(hand=True)
                        send({"op": "get", "q": "in"})
                        print(recv()[0]["attempt"])
                        s.sendall(b'{"op":"emit","id":1,"n":1}\\n1\\n'
                                  b'{"op":"nack","q":"in","seq":1,"error":{}}\\n'
                                  b'{"op":"emit","id":2,"q_ack":"in","upto":1,"n":1}\\n2\\n')
                        seen = [recv()[0] for _ in range(3)]
                        print([header["attempt"] for header in seen if header["op"] == "items"])
                        """);
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(fixture.log()).contains("1\n[2]\n");
    }

    @Test
    void a_hand_file_with_lies_in_it_harms_nobody() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 2);
        NodeFixture.Started node = fixture.raw("""
                        hello(hand=True)
                        send({"op": "get", "q": "in"})
                        recv()
                        mark(2**63 + 5, 2**64 - 1)
                        time.sleep(0.2)
                        mark(999, 1000)
                        time.sleep(0.2)
                        send({"op": "ack", "q": "in", "upto": 2**62})
                        send({"op": "nack", "q": "in", "seq": 50, "error": {}})
                        os.truncate(os.environ["ERLUST_HAND"], 0)
                        os._exit(1)
                        """);
        NodeExit exit = node.exit();
        assertThat(exit.charged()).isEmpty();
        assertThat(node.acknowledged.get()).isBetween(1L, 2L);
    }

    @Test
    void a_process_that_never_says_hello_is_ended() throws Exception {
        NodeFixture.Pool pool = fixture.rawPool("time.sleep(1000)");
        NodeExit exit = pool.start(NodeFixture.setting("raw", Duration.ofSeconds(1)), "", "null")
                .exit();
        assertThat(exit.reason()).isEqualTo("start_timeout");
    }

    @Test
    void a_node_that_sends_and_never_reads_is_not_read_for_ever() throws Exception {
        NodeFixture.Started node = fixture.raw("""
                        hello()
                        s.settimeout(3)
                        try:
                            for i in range(1_000_000): send({"op": "fly", "id": i})
                        except TimeoutError: print("blocked")
                        """);
        assertThat(node.exit().reason()).isEqualTo("normal");
        assertThat(fixture.log()).isEqualTo("blocked\n");
    }

    @Test
    void a_node_that_never_read_ends_although_somebody_holds_its_connection() throws Exception {
        NodeExit exit = fixture.raw("""
                                import subprocess
                                hello()
                                subprocess.Popen( # not in its group, nor known by its environment
                                    ["/bin/sleep", "20"], env={}, start_new_session=True,
                                    pass_fds=[s.fileno()], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
                                s.settimeout(2)
                                try:
                                    for i in range(1_000_000): send({"op": "fly", "id": i})
                                except TimeoutError: os._exit(0)
                                """).exit();
        assertThat(exit.reason()).isEqualTo("normal");
    }

    @Test
    void a_closed_queue_gives_its_items_back_and_ends_the_producer() throws Exception {
        fixture.putNumbers(NodeFixture.IN, 5);
        NodeFixture.Started node = fixture.raw("""
                        hello(hand=True)
                        send({"op": "put", "q": "out", "id": 1}, 1)
                        send({"op": "get", "q": "in"})
                        recv(); recv()
                        send({"op": "q_close", "q": "in", "upto": 1})
                        send({"op": "q_close", "q": "out"})
                        time.sleep(1000)
                        """);
        await().until(() -> fixture.stats(NodeFixture.IN).ready() == 4);
        await().until(() -> fixture.stats(NodeFixture.OUT).producers() == 0);
        node.running().kill();
        assertThat(node.exit().reason()).isEqualTo("killed");
    }
}
