// Runs a job without HTTP: submits it, feeds it, and prints its results, each as a line of JSON.
//
//     node job.js job.json < items.ndjson
//
// Ends with 0 when the job is completed, else with 1 and the reason. The broker is ERLUST_AMQP, or
// the one here; the server runs with `erlust serve --amqp` and the same one.

const crypto = require("node:crypto");
const fs = require("node:fs");
const readline = require("node:readline");
const amqp = require("amqplib");

const URL = process.env.ERLUST_AMQP || "amqp://guest:guest@127.0.0.1:5672/%2F";
// Queues are Erlust's, but items that are to be there before their job does need a queue. This is
// how Erlust declares one (docs/amqp.md); set to make classic queues it says no
// arguments. 2147483647: Erlust counts failed attempts itself, the broker must not.
const DECLARED = { "x-queue-type": "quorum", "x-delivery-limit": 2147483647 };
const ENDED = ["completed", "failed", "cancelled"];
const MESSAGE = { persistent: true, mandatory: true, contentType: "application/json" };

// A queue of this program alone, for the answer and for the job's events. It ends with the
// connection; who must not miss an event while away has a durable one.
async function listen(channel, jobId) {
  await channel.checkExchange("erlust.events");
  const { queue } = await channel.assertQueue("", { exclusive: true });
  // Before the job is submitted: the exchange keeps nothing for those who come later.
  await channel.bindQueue(queue, "erlust.events", `job.*.${jobId}`);
  return queue;
}

async function submit(channel, job, inbox, input) {
  const returned = new Set();
  channel.on("return", (message) => returned.add(message.fields.routingKey));
  // The items first: a job ends when its queue is empty and nobody known to Erlust will put more,
  // and of this program Erlust knows nothing.
  await channel.assertQueue(job.queue, { durable: true, arguments: DECLARED });
  let number = 0;
  for await (const line of readline.createInterface({ input })) {
    number++;
    try {
      JSON.parse(line); // what is no JSON would end as a dead item: better say it here
    } catch (error) {
      throw new Error(`line ${number} is not JSON: ${error.message}; the lines before it are in ` +
        "the queue, the job is not submitted");
    }
    channel.publish("", job.queue, Buffer.from(line), MESSAGE);
  }
  // The same id with the same content is the same job: trying again does no harm.
  channel.publish("", "erlust.jobs", Buffer.from(JSON.stringify(job)),
    { ...MESSAGE, replyTo: inbox, correlationId: job.id });
  await channel.waitForConfirms();
  if (returned.size > 0) throw new Error(`not taken by the broker: ${[...returned]}`);
}

// Prints what a message says; true when the job is completed.
function told(message, jobId, last) {
  const { contentType, correlationId } = message.properties;
  const body = JSON.parse(message.content);
  if (contentType === "application/problem+json") {
    throw new Error(`refused: ${body.title}: ${body.detail}`);
  }
  if (correlationId === jobId) {
    if (ENDED.includes(body.state)) {
      throw new Error(`${jobId} was submitted before and is ${body.state}: its events were sent ` +
        "then. Give a new job another id");
    }
    console.error(`${jobId} is accepted`);
    return false;
  }
  const { data, type } = body; // a CloudEvent; its data are the same as a callback's
  for (const { seq, value } of data.results || []) {
    // Events come in order, and some may come twice.
    if (data.run < last.run || (data.run === last.run && seq <= last.seq)) continue;
    Object.assign(last, { run: data.run, seq });
    console.log(JSON.stringify(value));
  }
  if (type === "job.failed" || type === "job.cancelled") throw new Error(`${type}: ${data.reason}`);
  return type === "job.completed";
}

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error.message}`);
  }
}

async function main() {
  if (!process.argv[2]) throw new Error("usage: node job.js job.json < items.ndjson");
  const job = read(process.argv[2]);
  job.id ??= `job-${crypto.randomUUID()}`;
  job.queue ??= job.id;
  try {
    const connection = await amqp.connect(URL).catch((error) => {
      throw new Error(`can't connect: ${error.message}. Is ERLUST_AMQP right: the user, the ` +
        "password, the host, the port, the virtual host?");
    });
    connection.on("error", () => {}); // "close" tells it
    const channel = await connection.createConfirmChannel();
    channel.on("error", () => {}); // the call that failed tells it
    const inbox = await listen(channel, job.id);
    await submit(channel, job, inbox, process.stdin);
    const last = { run: 0, seq: 0 };
    await new Promise((resolve, reject) => {
      connection.on("close", (error) => reject(error || new Error("the broker closed it")));
      const one = (message) => {
        try {
          if (told(message, job.id, last)) resolve();
        } catch (error) {
          reject(error);
        }
      };
      channel.consume(inbox, one, { noAck: true }).catch(reject);
    });
    await connection.close();
  } catch (error) {
    if (error.code !== 404) throw error;
    throw new Error(`${error.message}: start the server with erlust serve --amqp and this URL`);
  }
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exit(1);
});
