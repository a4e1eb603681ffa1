# Publishes items to a queue that Erlust's nodes work on: each line of the input is one, as JSON.
#
#     ruby publish.rb QUEUE < items.ndjson
#
# When it ends with 0, the broker has every item on disk. The broker is ERLUST_AMQP, or the one
# here.

require "bunny"
require "json"

URL = ENV.fetch("ERLUST_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2F")
BATCH = 1000 # items whose confirms are waited for together

queue = ARGV.fetch(0) { abort "usage: ruby publish.rb QUEUE < items.ndjson" }
confirmed = 0
# Bunny tells it in a thread of its own when the connection is lost.
on_loss = Object.new
on_loss.define_singleton_method(:raise) do |error, *|
  warn "error: #{error.message}; the broker has confirmed the first #{confirmed} lines"
  exit!(1)
end
begin
  # No recovery: it would forget what was published and not yet confirmed. Rather end, and say so.
  connection = Bunny.new(URL, automatically_recover: false, session_error_handler: on_loss,
                              log_level: :fatal)
  connection.start
  channel = connection.create_channel
  # The queue is Erlust's. A declaration with other arguments than Erlust's would be an error, so
  # this one is passive: it only asks whether the queue is there.
  channel.queue(queue, passive: true)
  channel.confirm_select
  # The default exchange brings a message to the queue with the name of its routing key.
  exchange = channel.default_exchange
  returned = 0
  exchange.on_return { returned += 1 }
  $stdin.each_line(chomp: true).each_slice(BATCH) do |lines|
    lines.each do |line|
      JSON.parse(line) # what is no JSON would end as a dead item: better say it here
      # persistent: the message is as durable as the queue is. mandatory: if the queue is gone, the
      # message comes back, else it would vanish.
      exchange.publish(line, routing_key: queue, persistent: true, mandatory: true,
                             content_type: "application/json")
    end
    safe = channel.wait_for_confirms && returned.zero?
    abort "error: not all was taken; the broker has the first #{confirmed} lines" unless safe
    confirmed += lines.size
  end
  connection.close
rescue Bunny::NotFound
  abort "error: there is no queue #{queue}: a job makes it (job.rb), or PUT /v1/queues/#{queue} " \
        'with {"backend": "amqp"}'
rescue JSON::ParserError => e
  abort "error: not JSON: #{e.message}; the broker has the first #{confirmed} lines, maybe more"
rescue Bunny::Exception, SystemCallError, IOError, Timeout::Error => e
  # It may have more: who publishes those again may have them twice, never not.
  abort "error: #{e.message}; the broker has confirmed the first #{confirmed} lines"
end
warn "#{confirmed} items published"
