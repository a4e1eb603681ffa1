package io.erlust.amqp;

/**
 * Whether a consumer is deaf: it has room, messages wait, and none comes, on several looks in a
 * row. When a new one hears nothing either it takes longer each time: others may be served first,
 * by their priority.
 */
final class Ear {
    private static final int LOOKS = 3;
    private static final int LOOKS_MAX = 64;

    private long heard;
    private int silent;
    private int patience = LOOKS;

    /** A new session, in which nothing has come. */
    void beginSession() {
        heard = 0;
    }

    /** A new consumer. */
    void begin() {
        silent = 0;
    }

    /** Whether something came since the last look; so many came in all. */
    boolean hasHeard(long seen) {
        boolean more = seen != heard;
        heard = seen;
        if (more) {
            patience = LOOKS;
            silent = 0;
        }
        return more;
    }

    /** It could have heard something on this look, or not. True: it is deaf. */
    boolean isDeaf(boolean couldHear) {
        silent = couldHear ? silent + 1 : 0;
        if (silent < patience) {
            return false;
        }
        patience = Math.min(LOOKS_MAX, patience * 2);
        return true;
    }
}
