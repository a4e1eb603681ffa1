// Takes items out of a queue that Erlust's nodes put them to. Prints each as a line of JSON.
//
//     node consume.js QUEUE [--count N]
//
// Ends after N items, else never. The broker is ERLUST_AMQP, or the one here.

const { parseArgs } = require("node:util");
const amqp = require("amqplib");

const URL = process.env.ERLUST_AMQP || "amqp://guest:guest@127.0.0.1:5672/%2F";
const PREFETCH = 30;

function work(item) {
  return new Promise((done) => process.stdout.write(`${JSON.stringify(item)}\n`, done));
}

function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true, options: { count: { type: "string" } },
  });
  if (positionals.length !== 1) throw new Error("usage: node consume.js QUEUE [--count N]");
  return { queue: positionals[0], count: values.count ? Number(values.count) : Infinity };
}

async function consume(connection, queue, count) {
  const channel = await connection.createChannel();
  channel.on("error", () => {}); // the call that failed tells it
  await channel.checkQueue(queue); // the queue is Erlust's: only ask if it is there
  // So many items at most are on their way to this program: enough that it hardly waits for the
  // network, few enough that other consumers get their share. And a quorum queue takes some 32
  // acknowledgements at a time: what waits beyond them when a program ends comes again.
  await channel.prefetch(Math.min(PREFETCH, count));
  let done = 0;
  await new Promise((resolve, reject) => {
    connection.on("close", (error) => reject(error || new Error("the broker closed it")));
    const one = async (message) => {
      if (message === null) return reject(new Error("the queue was deleted"));
      if (done === count) return; // a later one: not acknowledged, so it goes back
      let item;
      try {
        item = JSON.parse(message.content);
      } catch (error) {
        // Another time it would be no better. Without requeue it does not come again.
        console.error(`not JSON, left out: ${error.message}`);
        return channel.reject(message, false);
      }
      done++;
      await work(item);
      // After the work: if this program dies before, the item comes again, here or elsewhere. So an
      // item may come twice, and never not at all.
      channel.ack(message);
      if (done === count) resolve();
    };
    channel.consume(queue, (message) => one(message).catch(reject)).catch(reject);
  });
  await channel.close(); // else the connection's end may overtake the last acknowledgements
}

async function main() {
  const { queue, count } = commandLine();
  try {
    const connection = await amqp.connect(URL).catch((error) => {
      throw new Error(`can't connect: ${error.message}. Is ERLUST_AMQP right: the user, the ` +
        "password, the host, the port, the virtual host?");
    });
    connection.on("error", () => {}); // "close" tells it
    await consume(connection, queue, count);
    await connection.close();
  } catch (error) {
    if (error.code !== 404) throw error;
    throw new Error(`there is no queue ${queue}: a job makes it (job.js), or ` +
      `PUT /v1/queues/${queue} with {"backend": "amqp"}`);
  }
}

main().catch((error) => {
  // Nothing is lost: what was not acknowledged comes again.
  console.error(`error: ${error.message}`);
  process.exit(1);
});
