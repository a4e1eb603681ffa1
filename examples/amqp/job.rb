# Runs a job without HTTP: submits it, feeds it, and prints its results, each as a line of JSON.
#
#     ruby job.rb job.json < items.ndjson
#
# Ends with 0 when the job is completed, else with 1 and the reason. The broker is ERLUST_AMQP, or
# the one here; the server runs with `erlust serve --amqp` and the same one.

require "bunny"
require "json"
require "securerandom"

URL = ENV.fetch("ERLUST_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2F")
# Queues are Erlust's, but items that are to be there before their job does need a queue. This is
# how Erlust declares one (docs/amqp.md); set to make classic queues it says no
# arguments. 2147483647: Erlust counts failed attempts itself, the broker must not.
DECLARED = { "x-queue-type" => "quorum", "x-delivery-limit" => 2_147_483_647 }.freeze
MESSAGE = { persistent: true, mandatory: true, content_type: "application/json" }.freeze

file = ARGV.fetch(0) { abort "usage: ruby job.rb job.json < items.ndjson" }
begin
  job = JSON.parse(File.read(file))
rescue SystemCallError, JSON::ParserError => e
  abort "error: #{file}: #{e.message}"
end
job["id"] ||= "job-#{SecureRandom.uuid}"
job["queue"] ||= job["id"]
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
  # A queue of this program alone, for the answer and for the job's events. It ends with the
  # connection; who must not miss an event while away has a durable one. It is bound before the job
  # is submitted: the exchange keeps nothing for those who come later.
  inbox = channel.queue("", exclusive: true)
  inbox.bind(channel.exchange("erlust.events", type: :topic, passive: true),
             routing_key: "job.*.#{job["id"]}")
  messages = Thread::Queue.new
  inbox.subscribe { |*message| messages << message }

  # The items first: a job ends when its queue is empty and nobody known to Erlust will put more,
  # and of this program Erlust knows nothing.
  channel.confirm_select
  channel.queue(job["queue"], durable: true, arguments: DECLARED)
  exchange = channel.default_exchange
  returned = []
  exchange.on_return { |info, *| returned << info.routing_key }
  $stdin.each_line(chomp: true) do |item|
    JSON.parse(item) # what is no JSON would end as a dead item: better say it here
    exchange.publish(item, routing_key: job["queue"], **MESSAGE)
  end
  # The same id with the same content is the same job: trying again does no harm.
  exchange.publish(JSON.generate(job), routing_key: "erlust.jobs", reply_to: inbox.name,
                                       correlation_id: job["id"], **MESSAGE)
  safe = channel.wait_for_confirms && returned.empty?
  abort "error: not taken by the broker: #{returned.uniq.join(" ")}" unless safe

  last = [0, 0]
  loop do
    _delivery, about, body = messages.pop
    message = JSON.parse(body)
    if about.content_type == "application/problem+json"
      abort "error: refused: #{message["title"]}: #{message["detail"]}"
    elsif about.correlation_id == job["id"]
      if %w[completed failed cancelled].include?(message["state"])
        abort "error: #{job["id"]} was submitted before and is #{message["state"]}: its events " \
              "were sent then. Give a new job another id"
      end
      warn "#{job["id"]} is accepted"
      next
    end
    data = message["data"] # a CloudEvent; its data are the same as a callback's
    data.fetch("results", []).each do |result|
      number = [data["run"], result["seq"]]
      next unless (number <=> last).positive? # events come in order, and some may come twice

      last = number
      puts JSON.generate(result["value"])
    end
    $stdout.flush
    case message["type"]
    when "job.completed" then break
    when "job.failed", "job.cancelled" then abort "error: #{message["type"]}: #{data["reason"]}"
    end
  end
  connection.close
rescue Bunny::NotFound => e
  abort "error: #{e.message}: start the server with erlust serve --amqp and this broker's URL"
rescue JSON::ParserError => e
  abort "error: line #{$stdin.lineno} is not JSON: #{e.message}; the lines before it are in the " \
        "queue, the job is not submitted"
rescue Bunny::Exception, SystemCallError, IOError, Timeout::Error => e
  abort "error: #{e.message}"
end
