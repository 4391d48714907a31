// Cases of what is asked and done about a transaction, refunds apart.
'use strict';

const assert = require('node:assert/strict');
const {
  AMOUNT, CORE, IN_THE_BODY, TRANSACTION, card, cases, core, gopay, matches, notified, order,
  refused, settled, signed, simulator, status, va,
} = require('./world');

const NOBODY = 'node-nobody';
const CHALLENGED = { number: '4111 1111 1111 1111' };

cases({
  // Over HTTP 200, as an error all the same, whatever is asked.
  async unknown_transaction_404() {
    const calls = [
      () => TRANSACTION.status(NOBODY),
      () => TRANSACTION.statusb2b(NOBODY),
      () => TRANSACTION.cancel(NOBODY),
      () => TRANSACTION.expire(NOBODY),
      () => TRANSACTION.approve(NOBODY),
      () => TRANSACTION.deny(NOBODY),
      () => TRANSACTION.refund(NOBODY, { amount: 1000 }),
      () => TRANSACTION.refundDirect(NOBODY, { amount: 1000 }),
      () => CORE.capture({ transaction_id: NOBODY, gross_amount: 1000 }),
      () => TRANSACTION.notification({ transaction_id: NOBODY }),
    ];
    for (const call of calls) {
      const error = await refused(call, IN_THE_BODY, '404');
      assert.match(error.message, /exist/, String(call));
    }
  },

  async status_wrong_key_401() {
    const stranger = core({ serverKey: 'SB-Mid-server-SOMEBODY-ELSE' });
    await refused(() => stranger.transaction.status(NOBODY), [401], '401');
  },

  async status_b2b() {
    const { transaction_id } = await va('status_b2b');
    const answer = await TRANSACTION.statusb2b(order('status_b2b'));
    const listed = { transaction_id, order_id: order('status_b2b') };
    matches({ status_code: '200', transactions: [listed] }, answer);
  },

  // Takes the delivered text, or what it says, and gives GET Status, however old it is.
  async notification_helper() {
    const charged = await va('notification_helper');
    const old = await notified('notification_helper', 'pending');
    const found = await settled(charged);
    const told = await notified('notification_helper', 'settlement');
    signed(JSON.parse(told));
    for (const body of [told, JSON.parse(told), old]) {
      assert.deepEqual(await TRANSACTION.notification(body), found);
    }
  },

  async notification_helper_with_a_header_of_the_merchant() {
    const { transaction_id } = await va('notification_header');
    const odd = core({ headers: { 'X-Foo': 'bar' } });
    const answer = await odd.transaction.notification({ transaction_id });
    matches({ status_code: '201', transaction_status: 'pending' }, answer);
  },

  async cancel() {
    await va('cancel');
    const answer = await TRANSACTION.cancel(order('cancel'));
    const canceled = { status_code: '200', transaction_status: 'cancel' };
    matches({ ...canceled, gross_amount: '125000.00' }, answer);
    await status(order('cancel'), '200', 'cancel');
  },

  async cancel_of_a_captured_card() {
    const charged = await card('cancel_card');
    const answer = await TRANSACTION.cancel(charged.transaction_id);
    matches({ status_code: '200', transaction_status: 'cancel' }, answer);
    // The same state, told in two ways (0.1 fact 4).
    await status(order('cancel_card'), '200', 'cancel');
    const told = JSON.parse(await notified('cancel_card', 'cancel'));
    matches({ status_code: '202' }, told);
    signed(told);
  },

  async cancel_after_settlement_412() {
    await settled(await va('cancel_settled'));
    await refused(() => TRANSACTION.cancel(order('cancel_settled')), IN_THE_BODY, '412');
    await status(order('cancel_settled'), '200', 'settlement');
  },

  // 407 is no error, neither of the action nor of the status.
  async expire() {
    await va('expire');
    const answer = await TRANSACTION.expire(order('expire'));
    matches({ status_code: '407', transaction_status: 'expire' }, answer);
    await status(order('expire'), '407', 'expire');
    const told = JSON.parse(await notified('expire', 'expire'));
    matches({ status_code: '202' }, told);
    signed(told);
  },

  async expire_after_settlement_412() {
    await settled(await gopay('expire_settled'));
    await refused(() => TRANSACTION.expire(order('expire_settled')), IN_THE_BODY, '412');
  },

  async approve() {
    const held = { transaction_status: 'capture', fraud_status: 'challenge' };
    matches(held, await card('approve', CHALLENGED));
    const answer = await TRANSACTION.approve(order('approve'));
    const good = { status_code: '200', transaction_status: 'capture', fraud_status: 'accept' };
    matches(good, answer);
    matches(good, await TRANSACTION.status(order('approve')));
    await refused(() => TRANSACTION.approve(order('approve')), IN_THE_BODY, '412');
  },

  async deny() {
    await card('deny', CHALLENGED);
    const answer = await TRANSACTION.deny(order('deny'));
    matches({ status_code: '200', fraud_status: 'deny' }, answer);
    // Sources disagree which of them it is (2.4).
    assert.ok(['deny', 'cancel'].includes(answer.transaction_status), JSON.stringify(answer));
    const found = await TRANSACTION.status(order('deny'));
    assert.equal(found.transaction_status, answer.transaction_status);
  },

  async approve_and_deny_of_an_accepted_card_412() {
    await card('approve_accepted');
    for (const action of ['approve', 'deny']) {
      await refused(() => TRANSACTION[action](order('approve_accepted')), IN_THE_BODY, '412');
    }
    await status(order('approve_accepted'), '200', 'capture');
  },

  async capture() {
    const charged = await card('capture', { type: 'authorize' });
    assert.equal(charged.transaction_status, 'authorize');
    const request = { transaction_id: charged.transaction_id, gross_amount: AMOUNT };
    matches({ status_code: '200', transaction_status: 'capture' }, await CORE.capture(request));
    await status(order('capture'), '200', 'capture');
  },

  async expired_by_time() {
    const custom_expiry = { expiry_duration: 1, unit: 'minute' };
    const charged = await va('expired_by_time', { custom_expiry });
    assert.ok(charged.expiry_time > charged.transaction_time, JSON.stringify(charged));
    await simulator('PUT', '/_sim/clock', { advance_seconds: 90 });
    await notified('expired_by_time', 'expire');
    await status(order('expired_by_time'), '407', 'expire');
  },
});
