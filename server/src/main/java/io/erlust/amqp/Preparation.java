package io.erlust.amqp;

import com.rabbitmq.client.Channel;

import java.io.IOException;

/** What has to be there before anything is published on a channel. */
interface Preparation {
    void on(Channel channel) throws IOException;
}
