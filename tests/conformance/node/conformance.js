// Runs every case with the official Node client, unmodified, against a simulator.
//
// Argument: {"base", "server_key", "merchant"} as JSON. Prints a line of JSON for each case:
// {"case", "ok", "detail"}. Which cases there have to be is not known here.
'use strict';

const { CASES } = require('./world');
require('./pages');
require('./charges');
require('./actions');
require('./refunds');

// The client has no time-out of its own (midtrans.md 5.2).
const LONGEST_MILLIS = 90000;

async function run(name, work) {
  try {
    await work();
  } catch (error) {
    return { case: name, ok: false, detail: `${error.name}: ${error.message} (${places(error)})` };
  }
  return { case: name, ok: true, detail: '' };
}

// The lines of the cases, and of no library, that led to the error.
function places(error) {
  const lines = error.stack.split('\n').filter((line) => line.includes(`${__dirname}/`));
  const ours = lines.map((line) => /[\w]+\.js:\d+/.exec(line)?.[0]);
  return ours.filter((place) => place && !place.startsWith('conformance.js')).join(', ');
}

async function main() {
  for (const [name, work] of CASES) {
    console.log(JSON.stringify(await run(name, work)));
  }
}

setTimeout(() => {
  console.error(`not done within ${LONGEST_MILLIS} ms`);
  process.exit(1);
}, LONGEST_MILLIS).unref();
main();
