package io.erlust.config;

/** How far one word is from another: letters put in, left out, or replaced (Levenshtein). */
final class Edits {
    private static final int LENGTH_MAX = 100;

    private Edits() {}

    static int between(String one, String other) {
        if (one.length() > LENGTH_MAX) {
            return one.length(); // nobody meant one of ours
        }
        int[] before = new int[other.length() + 1];
        for (int i = 0; i < before.length; i++) {
            before[i] = i;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] now = new int[before.length];
            now[0] = i;
            for (int j = 1; j < now.length; j++) {
                int replaced = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
            }
            before = now;
        }
        return before[other.length()];
    }
}
