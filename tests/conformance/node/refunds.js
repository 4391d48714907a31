// Cases of refunds.
'use strict';

const assert = require('node:assert/strict');
const {
  IN_THE_BODY, TRANSACTION, card, cases, gopay, matches, notified, order, refused, settled, signed,
  status, va,
} = require('./world');

const FIRST = { refund_key: 'first', amount: 50000, reason: 'out of stock' };
const SECOND = { refund_key: 'second', amount: 75000, reason: 'the rest' };
const BOTH = ['refund', 'refundDirect'];

cases({
  async refund_before_settlement_412() {
    await card('refund_early');
    for (const action of BOTH) {
      await refused(() => TRANSACTION[action](order('refund_early'), FIRST), IN_THE_BODY, '412');
    }
  },

  // All of it: no amount, no key.
  async refund() {
    await settled(await card('refund'));
    const answer = await TRANSACTION.refund(order('refund'), { reason: 'changed mind' });
    const whole = { status_code: '200', transaction_status: 'refund', refund_key: '*' };
    matches({ ...whole, refund_amount: '125000.00', gross_amount: '125000.00' }, answer);
    assert.ok(Number.isInteger(answer.refund_chargeback_id), JSON.stringify(answer));
    await status(order('refund'), '200', 'refund');
  },

  async refund_in_parts() {
    const found = await settled(await gopay('refund_parts'));
    const part = { status_code: '200', transaction_status: 'partial_refund', refund_key: 'first' };
    const answer = await TRANSACTION.refund(order('refund_parts'), FIRST);
    matches({ ...part, refund_amount: '50000.00' }, answer);
    await status(order('refund_parts'), '200', 'partial_refund');
    // The signature covers neither the state nor what was refunded (0.1 fact 5).
    const told = JSON.parse(await notified('refund_parts', 'partial_refund'));
    signed(told);
    assert.equal(told.signature_key, found.signature_key);
    matches({ refunds: [{ refund_key: 'first', refund_amount: '50000.00' }] }, told);
    const whole = { status_code: '200', transaction_status: 'refund', refund_key: 'second' };
    matches(whole, await TRANSACTION.refund(order('refund_parts'), SECOND));
    const last = await status(order('refund_parts'), '200', 'refund');
    matches({ refunds: [{ refund_key: 'first' }, { refund_key: 'second' }] }, last);
    assert.equal(last.refund_amount, '125000.00');
    assert.equal(last.refunds.length, 2);
  },

  async refund_with_a_key_twice_406() {
    await settled(await gopay('refund_twice'));
    await TRANSACTION.refund(order('refund_twice'), FIRST);
    await refused(() => TRANSACTION.refund(order('refund_twice'), FIRST), IN_THE_BODY, '406');
    const found = await status(order('refund_twice'), '200', 'partial_refund');
    assert.equal(found.refunds.length, 1);
  },

  async refund_direct() {
    await settled(await gopay('refund_direct'));
    const request = { refund_key: 'direct', amount: 125000, reason: 'out of stock' };
    const answer = await TRANSACTION.refundDirect(order('refund_direct'), request);
    const whole = { status_code: '200', transaction_status: 'refund', refund_key: 'direct' };
    matches({ ...whole, refund_amount: '125000.00' }, answer);
    await status(order('refund_direct'), '200', 'refund');
  },

  // By which code is not documented (2.6).
  async refund_of_a_virtual_account_is_refused() {
    await settled(await va('refund_va'));
    for (const action of BOTH) {
      await refused(() => TRANSACTION[action](order('refund_va'), FIRST), IN_THE_BODY);
    }
    await status(order('refund_va'), '200', 'settlement');
  },
});
