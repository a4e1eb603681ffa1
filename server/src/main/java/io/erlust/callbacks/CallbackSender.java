package io.erlust.callbacks;

import io.erlust.jobs.Job;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.json.InvalidField;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

/**
 * Makes one attempt: checks the target, resolves it once, connects to what was checked, posts,
 * reads no more of the answer than it must, and is done by its deadline whatever the other side
 * does.
 */
final class CallbackSender {
    private static final Duration LOOKUP_THREAD_IDLE = Duration.ofSeconds(10);

    private static final int ADDRESSES_MAX = 1000;

    private record Address(URI url, String secret) {}

    private final JobLookup jobs;
    private final CallbackConfig config;
    private final TargetGuard guard;
    private final WallClock wall;
    private final MonotonicClock clock;
    private final CallbackClient client;

    /**
     * Platform threads: the operating system's resolver may block for half a minute, and would
     * block the carriers of all virtual threads.
     */
    private final ThreadPoolExecutor lookups;

    /**
     * A job's callback URL and secret, which never change; the least recently used go first.
     * Guarded by itself.
     */
    private final Map<JobId, Address> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JobId, Address> eldest) {
            return size() > ADDRESSES_MAX;
        }
    };

    CallbackSender(
            JobLookup jobs,
            CallbackConfig config,
            TargetGuard guard,
            WallClock wall,
            MonotonicClock clock) {
        this.jobs = jobs;
        this.config = config;
        this.guard = guard;
        this.wall = wall;
        this.clock = clock;
        this.client = new CallbackClient(config);
        this.lookups = new ThreadPoolExecutor(
                0,
                config.inFlightMax(),
                LOOKUP_THREAD_IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name("callback-lookup-", 0).factory());
    }

    Outcome send(JobId job, String webhookId, byte[] body) throws InterruptedException {
        Optional<Address> address = address(job);
        return address.isEmpty()
                ? Outcome.notSent("the job has no callback_url and security_hash")
                : send(address.get().url(), address.get().secret(), webhookId, body);
    }

    private Optional<Address> address(JobId job) {
        synchronized (addresses) {
            Address known = addresses.get(job);
            if (known != null) {
                return Optional.of(known);
            }
        }
        Optional<JobSpec> spec = jobs.get(job).map(Job::spec);
        Optional<URI> url = spec.flatMap(JobSpec::callbackUrl);
        Optional<String> secret = spec.flatMap(JobSpec::secret);
        if (url.isEmpty() || secret.isEmpty()) {
            return Optional.empty();
        }
        Address found = new Address(url.get(), secret.get());
        synchronized (addresses) {
            addresses.put(job, found);
        }
        return Optional.of(found);
    }

    Outcome send(URI url, String secret, String webhookId, byte[] body)
            throws InterruptedException {
        long end = clock.nanos() + config.attemptTimeout().toNanos();
        try {
            Target target = Target.of(url);
            WebhookSignature signature = WebhookSignature.of(secret);
            List<InetSocketAddress> addresses = addresses(target);
            long left = end - clock.nanos();
            if (left <= 0) {
                throw new TimeoutException();
            }
            Instant now = wall.now();
            Request request = client.request(target, addresses)
                    .method(HttpMethod.POST)
                    .agent(config.userAgent())
                    .headers(headers -> headers.put("webhook-id", webhookId)
                            .put("webhook-timestamp", now.getEpochSecond())
                            .put(
                                    "webhook-signature",
                                    signature.sign(webhookId, now.getEpochSecond(), body)))
                    .body(new BytesRequestContent("application/json", body))
                    .timeout(left, TimeUnit.NANOSECONDS);
            return exchange(request);
        } catch (TargetRefused e) {
            return Outcome.notSent("the callback URL is refused: " + e.getMessage());
        } catch (InvalidField e) {
            return Outcome.notSent(e.pointer() + ": expected " + e.expected() + ", got " + e.got());
        } catch (UnknownHostException e) {
            return Outcome.unanswered("the host name " + url.getHost() + " was not found");
        } catch (TimeoutException e) {
            return Outcome.unanswered(late());
        }
    }

    private List<InetSocketAddress> addresses(Target target)
            throws InterruptedException, UnknownHostException, TimeoutException {
        if (target.literal().isPresent()) {
            return guard.resolve(target);
        }
        Future<List<InetSocketAddress>> lookup;
        try {
            lookup = lookups.submit(() -> guard.resolve(target));
        } catch (RejectedExecutionException e) {
            throw new TimeoutException(); // every thread hangs in a look-up: as if this one did
        }
        try {
            return lookup.get(config.attemptTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            if (e.getCause() instanceof RuntimeException defect) {
                throw defect;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Outcome exchange(Request request) throws InterruptedException, TimeoutException {
        CompletableFuture<Outcome> done = new CompletableFuture<>();
        long[] bytes =
                new long[1]; // only touched by the exchange's own events, one after the other
        request.onResponseContent((response, buffer) -> {
            bytes[0] += buffer.remaining();
            if (bytes[0] > config.answerBytesMax()) {
                var _ = response.abort(new AnswerTooLong());
            }
        });
        request.send(result -> done.complete(judge(result)));
        try {
            // the request has its own timeout; this one only guards against a defect there
            return done.get(config.attemptTimeout().toMillis() + 5000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            if (!done.isDone()) {
                var _ = request.abort(new TimeoutException());
            }
        }
    }

    /** A whole answer counts, and one that was only too long; one that broke off does not. */
    private Outcome judge(Result result) {
        int status = result.getResponse().getStatus();
        Throwable broken = result.getResponseFailure();
        if (status >= 200 && (broken == null || broken instanceof AnswerTooLong)) {
            String retryAfter = result.getResponse().getHeaders().get(HttpHeader.RETRY_AFTER);
            return Outcome.answered(status, retryAfter, wall.now());
        }
        Throwable failure = result.getFailure();
        return Outcome.unanswered(failure == null ? "no answer" : describe(failure));
    }

    private String describe(Throwable failure) {
        return switch (failure) {
            case TimeoutException e -> late();
            case ConnectException e -> "no connection: " + e.getMessage();
            case SSLException e -> "TLS: " + e.getMessage();
            default ->
                "no complete answer: " + failure.getClass().getSimpleName() + ": "
                        + failure.getMessage();
        };
    }

    private String late() {
        return "no complete answer within " + config.attemptTimeout().toMillis() + " ms";
    }

    /** Ends what is in flight. */
    void stop() {
        client.stop();
        lookups.shutdownNow();
    }

    /** More came than is read; the status has been seen. */
    private static final class AnswerTooLong extends Exception {
        private static final long serialVersionUID = 1;

        AnswerTooLong() {
            super("answer too long", null, false, false);
        }
    }
}
