package io.erlust.amqp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * The certificates of a connection with TLS, as PEM files. The broker's is always verified, its
 * name too.
 *
 * @param authority who may have signed the broker's; the system's authorities unless set
 * @param certificate ours, if the broker asks for one
 * @param key its private key, PKCS #8, not encrypted
 */
public record Tls(Optional<Path> authority, Optional<Path> certificate, Optional<Path> key) {
    private static final Pattern PRIVATE_KEY = Pattern.compile(
            "-----BEGIN PRIVATE KEY-----(.*)-----END PRIVATE KEY-----", Pattern.DOTALL);

    private static final String[] KEY_TYPES = {"RSA", "EC", "Ed25519"};

    public Tls {
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(
                    "amqp-certificate and amqp-key: expected both or neither");
        }
    }

    boolean isSet() {
        return authority.isPresent() || certificate.isPresent();
    }

    /** @throws IllegalArgumentException when a file can't be used, naming it */
    SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), authorities(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("TLS: " + e.getMessage(), e);
        }
    }

    private TrustManager[] authorities() throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        if (authority.isEmpty()) {
            factory.init((KeyStore) null);
        } else {
            KeyStore store = empty();
            int n = 0;
            for (Certificate each : certificates(authority.get())) {
                store.setCertificateEntry("authority-" + n++, each);
            }
            factory.init(store);
        }
        return factory.getTrustManagers();
    }

    private KeyManager[] keys() throws GeneralSecurityException {
        if (certificate.isEmpty() || key.isEmpty()) {
            return new KeyManager[0];
        }
        KeyStore store = empty();
        Certificate[] chain = certificates(certificate.get()).toArray(Certificate[]::new);
        store.setKeyEntry("erlust", privateKey(key.get()), new char[0], chain);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            return store;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static List<Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            List<Certificate> all =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (!all.isEmpty()) {
                return all;
            }
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(missing(file, "certificates in PEM"), e);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    file + ": expected certificates in PEM, got: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(file + ": expected certificates in PEM, got none");
    }

    private static String missing(Path file, String expected) {
        return file + ": expected " + expected + ", got no such file";
    }

    private static PrivateKey privateKey(Path file) {
        byte[] key = {};
        try {
            Matcher pem = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (pem.find()) {
                key = Base64.getMimeDecoder().decode(pem.group(1));
            }
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(missing(file, "a private key in PEM"), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": expected a private key in PEM, got: " + e.getMessage(), e);
        } catch (IllegalArgumentException _) {
            key = new byte[0]; // the last lines say what was expected
        }
        for (String type : KEY_TYPES) {
            try {
                return KeyFactory.getInstance(type).generatePrivate(new PKCS8EncodedKeySpec(key));
            } catch (GeneralSecurityException _) {
                // then it is of another type
            }
        }
        throw new IllegalArgumentException(file
                + ": expected a private key in PEM (BEGIN PRIVATE KEY: PKCS #8, not encrypted);"
                + " openssl pkcs8 -topk8 -nocrypt makes one");
    }
}
