package io.erlust.nodes;

/** The node sent what no node may send. It is told so, and its connection closed. */
final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1;

    ProtocolViolation(String message) {
        super(message);
    }
}
