package io.erlust.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

import org.slf4j.Logger;

/**
 * The log goes to stderr, a line an event; libraries from WARN. {@code ERLUST_LOG} sets Erlust's
 * own level ({@code info} unless set). In code rather than XML: parsing the XML took a tenth of the
 * start. Found by the logging library through {@code META-INF/services}.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0}: %msg%n");
        encoder.start();
        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setContext(context);
        stderr.setTarget("System.err");
        stderr.setEncoder(encoder);
        stderr.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(stderr);
        // it warns of each malformed request: whoever can connect could fill the log
        context.getLogger("org.eclipse.jetty.http").setLevel(Level.ERROR);
        // it says at each try what amqp says once
        context.getLogger("com.rabbitmq").setLevel(Level.OFF);
        String level = System.getenv().getOrDefault("ERLUST_LOG", "info");
        context.getLogger("io.erlust").setLevel(Level.toLevel(level, Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
