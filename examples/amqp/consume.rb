# Takes items out of a queue that Erlust's nodes put them to. Prints each as a line of JSON.
#
#     ruby consume.rb QUEUE [--count N]
#
# Ends after N items, else never. The broker is ERLUST_AMQP, or the one here.

require "bunny"
require "json"
require "optparse"

URL = ENV.fetch("ERLUST_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2F")
PREFETCH = 30

def work(item)
  puts JSON.generate(item)
  $stdout.flush
end

count = nil
OptionParser.new { |options| options.on("--count N", Integer) { |n| count = n } }.parse!
queue = ARGV.fetch(0) { abort "usage: ruby consume.rb QUEUE [--count N]" }
done = 0
# Bunny tells it in a thread of its own when the connection is lost.
on_loss = Object.new
on_loss.define_singleton_method(:raise) do |error, *|
  warn "error: #{error.message}"
  exit!(1)
end
begin
  connection = Bunny.new(URL, automatically_recover: false, session_error_handler: on_loss,
                              log_level: :fatal)
  connection.start
  channel = connection.create_channel
  # So many items at most are on their way to this program: enough that it hardly waits for the
  # network, few enough that other consumers get their share. And a quorum queue takes some 32
  # acknowledgements at a time: what waits beyond them when a program ends comes again.
  channel.prefetch([PREFETCH, count || PREFETCH].min)
  deliveries = Thread::Queue.new # bunny delivers in a thread of its own; the work is done in this
  channel.queue(queue, passive: true) # the queue is Erlust's: only ask if it is there
         .subscribe(manual_ack: true, on_cancellation: ->(*) { deliveries.close }) do |*delivery|
    deliveries << delivery
  end
  while done != count && (delivery, _about, body = deliveries.pop)
    begin
      item = JSON.parse(body)
    rescue JSON::ParserError => e
      # Another time it would be no better. Without requeue it does not come again.
      warn "not JSON, left out: #{e.message}"
      channel.reject(delivery.delivery_tag, false)
      next
    end
    work(item)
    # After the work: if this program dies before, the item comes again, here or elsewhere. So an
    # item may come twice, and never not at all.
    channel.ack(delivery.delivery_tag)
    done += 1
  end
  connection.close
rescue Bunny::NotFound
  abort "error: there is no queue #{queue}: a job makes it (job.rb), or PUT /v1/queues/#{queue} " \
        'with {"backend": "amqp"}'
rescue Bunny::Exception, SystemCallError, IOError, Timeout::Error => e
  abort "error: #{e.message}" # nothing is lost: what was not acknowledged comes again
end
abort "error: the queue was deleted" if done != count
