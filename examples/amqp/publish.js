// Publishes items to a queue that Erlust's nodes work on: each line of the input is one, as JSON.
//
//     node publish.js QUEUE < items.ndjson
//
// When it ends with 0, the broker has every item on disk. The broker is ERLUST_AMQP, or the one
// here.

const readline = require("node:readline");
const amqp = require("amqplib");

const URL = process.env.ERLUST_AMQP || "amqp://guest:guest@127.0.0.1:5672/%2F";
const BATCH = 1000; // items whose confirms are waited for together
// persistent: the message is as durable as the queue is. mandatory: if the queue is gone, the
// message comes back, else it would vanish.
const OPTIONS = { persistent: true, mandatory: true, contentType: "application/json" };

async function publish(connection, queue, input, confirmed) {
  const channel = await connection.createConfirmChannel();
  let returned = 0;
  channel.on("return", () => returned++);
  channel.on("error", () => {}); // the call that failed tells it
  // The queue is Erlust's. A declaration with other arguments than Erlust's would be an error; this
  // only asks whether the queue is there.
  await channel.checkQueue(queue);
  // Not before: lines that are read while nobody iterates over them are lost.
  const lines = readline.createInterface({ input });
  let sent = 0;
  const confirms = async () => {
    await channel.waitForConfirms();
    if (returned > 0) throw new Error(`the broker returned ${returned} items`);
    confirmed(sent);
  };
  for await (const line of lines) {
    JSON.parse(line); // what is no JSON would end as a dead item: better say it here
    // The default exchange, "", brings a message to the queue with the name of its routing key.
    channel.publish("", queue, Buffer.from(line), OPTIONS);
    if (++sent % BATCH === 0) await confirms();
  }
  await confirms();
}

async function main() {
  const queue = process.argv[2];
  if (!queue) throw new Error("usage: node publish.js QUEUE < items.ndjson");
  let confirmed = 0;
  try {
    const connection = await amqp.connect(URL).catch((error) => {
      throw new Error(`can't connect: ${error.message}. Is ERLUST_AMQP right: the user, the ` +
        "password, the host, the port, the virtual host?");
    });
    connection.on("error", () => {}); // the call that waits tells it
    await publish(connection, queue, process.stdin, (count) => { confirmed = count; });
    await connection.close();
  } catch (error) {
    if (error.code === 404) {
      throw new Error(`there is no queue ${queue}: a job makes it (job.js), or ` +
        `PUT /v1/queues/${queue} with {"backend": "amqp"}`);
    }
    // It may have more: who publishes those again may have them twice, never not.
    throw new Error(`${error.message}; the broker has confirmed the first ${confirmed} lines`);
  }
  console.error(`${confirmed} items published`);
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exit(1);
});
