// Cases of charging: every type of charges.json, and charges that are refused.
'use strict';

const assert = require('node:assert/strict');
const {
  CORE, IN_THE_BODY, SETTINGS, TIME, TRANSACTION, cases, core, details, matches, notified, order,
  refused, signed, token, va,
} = require('./world');
const table = require('../charges.json');

// A request that is invalid is the one failure but a wrong key that Core tells by HTTP too: Midtrans'
// deployment notes put body 400 over HTTP 400 (and 402, 404, 406, 413 over 200), and this client's
// own test against the sandbox asserts a numeric 400, which it has from there.
const INVALID = [400];
const UNAUTHORIZED = [401];
// Sources of an internal fault name the code, and "unexpected" in its text, but no layer (L).
const EITHER_LAYER = [200, 500];

// Charges, asks for the status, and hands the delivered notification to the helper.
async function charge(row) {
  const name = row.case;
  const request = { ...details(name), ...row.request };
  if (row.card) {
    request.credit_card = { ...request.credit_card, token_id: await token(row.card) };
  }
  const charged = await CORE.charge(request);
  matches({ status_code: '*', transaction_id: '*', status_message: '*' }, charged);
  matches(row.answer, charged);
  matches({ order_id: order(name), gross_amount: '125000.00', currency: 'IDR' }, charged);
  assert.match(charged.transaction_time, TIME);
  for (const absent of row.absent ?? []) {
    assert.ok(!Object.hasOwn(charged, absent), `${absent} in ${JSON.stringify(charged)}`);
  }
  const found = await TRANSACTION.status(order(name));
  for (const field of ['transaction_id', 'transaction_status', 'payment_type', 'gross_amount']) {
    assert.equal(found[field], charged[field], field);
  }
  assert.deepEqual(await TRANSACTION.status(charged.transaction_id), found, 'by its own id');
  signed(found);
  const told = await notified(name, charged.transaction_status);
  signed(JSON.parse(told));
  assert.deepEqual(await TRANSACTION.notification(told), found, 'the notification helper');
}

for (const row of table.charges) {
  cases({ [row.case]: () => charge(row) });
}

cases({
  async charge_twice_406() {
    await va('charge_twice');
    await refused(() => va('charge_twice'), IN_THE_BODY, '406');
  },

  // The same answer, not the second charge (2.8).
  async charge_again_with_its_idempotency_key() {
    const keyed = core({ headers: { 'Idempotency-Key': order('charge_again') } });
    const request = { ...details('charge_again'), payment_type: 'gopay' };
    assert.deepEqual(await keyed.charge(request), await keyed.charge(request));
  },

  async charge_without_anything_500() {
    const error = await refused(() => CORE.charge(null), EITHER_LAYER, '500');
    assert.match(error.message, /unexpected/);
  },

  async charge_of_nothing_400() {
    const bank = { payment_type: 'bank_transfer', bank_transfer: { bank: 'bca' } };
    const request = { ...details('charge_of_nothing', 0), ...bank };
    const error = await refused(() => CORE.charge(request), INVALID, '400');
    assert.ok(error.ApiResponse.validation_messages.length > 0, error.message);
  },

  async charge_of_another_sum_400() {
    const item_details = [{ name: 'Bear', price: 1000, quantity: 2 }];
    const call = () => va('charge_of_another_sum', { item_details });
    const error = await refused(call, INVALID, '400');
    const text = 'transaction_details.gross_amount is not equal to the sum of item_details';
    matches({ validation_messages: [text] }, error.ApiResponse);
  },

  async charge_wrong_key_401() {
    const stranger = core({ serverKey: 'SB-Mid-server-SOMEBODY-ELSE' });
    const request = { ...details('charge_wrong_key'), payment_type: 'gopay' };
    const error = await refused(() => stranger.charge(request), UNAUTHORIZED, '401');
    assert.match(error.message, /authorized/);
  },

  async charge_notified_elsewhere() {
    const headers = { 'X-Override-Notification': `${SETTINGS.merchant}/elsewhere` };
    const told = core({ headers });
    await told.charge({ ...details('charge_notified_elsewhere'), payment_type: 'gopay' });
    await notified('charge_notified_elsewhere', 'pending', 'elsewhere');
  },

  async charge_echoes_what_the_merchant_added() {
    const metadata = { note: 'told again' };
    const echoed = { custom_field1: 'one', custom_field3: 'three', metadata };
    await va('charge_echoes', echoed);
    matches(echoed, await TRANSACTION.status(order('charge_echoes')));
    matches(echoed, JSON.parse(await notified('charge_echoes', 'pending')));
  },
});
