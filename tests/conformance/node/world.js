// What the cases stand on: the official client pointed at the simulator, the customer and the bank
// played through `/_sim`, what the merchant was notified of, and the checks.
//
// No case is written here. Facts are those of midtrans.md; the client is not changed in any way but
// for its base addresses (5.2).
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const ApiConfig = require('midtrans-client/lib/apiConfig');
const { CoreApi, Snap, MidtransError } = require('midtrans-client');

const SETTINGS = JSON.parse(process.argv[2]);
const CLIENT_KEY = 'SB-Mid-client-EXAMPLE-0001';
const AMOUNT = 125000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
// The layer of an answer: Core tells its outcome in the body over HTTP 200 (2.1).
const IN_THE_BODY = [200];

ApiConfig.CORE_SANDBOX_BASE_URL = SETTINGS.base;
ApiConfig.SNAP_SANDBOX_BASE_URL = `${SETTINGS.base}/snap/v1`;

function client(Api, serverKey, headers) {
  const made = new Api({ isProduction: false, serverKey, clientKey: CLIENT_KEY });
  Object.assign(made.httpClient.http_client.defaults.headers.common, headers);
  return made;
}

function core({ serverKey = SETTINGS.server_key, headers = {} } = {}) {
  return client(CoreApi, serverKey, headers);
}

function snap({ serverKey = SETTINGS.server_key, headers = {} } = {}) {
  return client(Snap, serverKey, headers);
}

const CORE = core();
const SNAP = snap();
const TRANSACTION = CORE.transaction;
const CASES = new Map();

// Adds cases under their names.
function cases(named) {
  for (const [name, run] of Object.entries(named)) {
    CASES.set(name, run);
  }
}

// The order of a case.
function order(name) {
  return `node-${name}`;
}

function details(name, amount = AMOUNT) {
  return { transaction_details: { order_id: order(name), gross_amount: amount } };
}

// A charge of a virtual account, which waits for the customer.
function va(name, more = {}) {
  const request = { payment_type: 'bank_transfer', bank_transfer: { bank: 'bca' } };
  return CORE.charge({ ...details(name), ...request, ...more });
}

function gopay(name) {
  return CORE.charge({ ...details(name), payment_type: 'gopay' });
}

// The card token that a browser would ask for.
async function token(number) {
  const answer = await CORE.cardToken({
    client_key: CLIENT_KEY,
    card_number: number,
    card_cvv: '123',
    card_exp_month: '12',
    card_exp_year: '2039',
  });
  matches({ status_code: '200', token_id: '*' }, answer);
  return answer.token_id;
}

async function card(name, { number = '4811 1111 1111 1114', ...more } = {}) {
  const credit_card = { token_id: await token(number), ...more };
  return CORE.charge({ ...details(name), payment_type: 'credit_card', credit_card });
}

// The transaction after its customer paid, or its card settled.
async function settled(charged) {
  await play(charged.transaction_id, 'settle');
  return status(charged.transaction_id, '200', 'settlement');
}

async function status(id, status_code, transaction_status) {
  const answer = await TRANSACTION.status(id);
  matches({ status_code, transaction_status }, answer);
  return answer;
}

// The customer or the bank does something.
function play(transaction, action) {
  return simulator('POST', `/_sim/transactions/${transaction}/${action}`);
}

async function simulator(method, path, body) {
  return JSON.parse(await http(method, SETTINGS.base + path, body));
}

// The very text that the merchant was sent about the order, once it is there.
function notified(name, transaction_status, place = 'notifications') {
  return http('GET', `${SETTINGS.merchant}/${place}/${order(name)}/${transaction_status}`);
}

async function http(method, url, body) {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const signal = AbortSignal.timeout(20000);
  const answer = await fetch(url, { method, signal, ...(body && json) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`);
  return text;
}

// The error of a call that has to fail: of these HTTP statuses, with this code in the body.
async function refused(call, statuses, code) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    assert.ok(error instanceof MidtransError, `${error.stack}`);
    const real = error.rawHttpClientData.status;
    assert.ok(statuses.includes(real), `${real} is none of ${statuses}: ${error.message}`);
    if (code !== undefined) {
      assert.equal(error.ApiResponse.status_code, code, error.message);
    }
    // A number from HTTP, or the text of the body over HTTP 200 (5.3).
    const told = real >= 400 ? real : error.ApiResponse.status_code;
    assert.equal(error.httpStatusCode, told, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `not refused: ${JSON.stringify(answer)}` });
}

// Whether the answer has at least this. `*` is any text; of a list each thing has to be met.
function matches(expected, actual, place = '') {
  const seen = JSON.stringify(actual);
  if (expected === '*') {
    assert.ok(typeof actual === 'string' && actual !== '', `${place}: ${seen} is no text`);
  } else if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${place}: ${seen}`);
    for (const value of expected) {
      const met = actual.some((other) => meets(value, other));
      assert.ok(met, `${place}: no ${JSON.stringify(value)} in ${seen}`);
    }
  } else if (typeof expected === 'object') {
    for (const [name, value] of Object.entries(expected)) {
      assert.ok(Object.hasOwn(actual, name), `${place}.${name} is missing in ${seen}`);
      matches(value, actual[name], `${place}.${name}`);
    }
  } else {
    // A number is no text: clients in stricter languages decode into text (5.3).
    assert.equal(actual, expected, `${place}: ${seen} is not ${expected}`);
  }
}

function meets(expected, actual) {
  try {
    matches(expected, actual);
    return true;
  } catch {
    return false;
  }
}

// Whether the body has the signature that its own texts make (3.2).
function signed(body) {
  const text = body.order_id + body.status_code + body.gross_amount + SETTINGS.server_key;
  const digest = crypto.createHash('sha512').update(text).digest('hex');
  assert.equal(body.signature_key, digest, 'signature_key');
}

module.exports = {
  AMOUNT, CASES, CORE, IN_THE_BODY, SETTINGS, SNAP, TIME, TRANSACTION, UUID,
  card, cases, core, details, gopay, matches, notified, order, refused, settled, signed, simulator,
  snap, status, token, va,
};
