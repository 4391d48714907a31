// Cases of Snap: pages, and what becomes of them.
'use strict';

const assert = require('node:assert/strict');
const {
  IN_THE_BODY, SETTINGS, SNAP, UUID, cases, details, matches, notified, order, refused, simulator,
  snap,
} = require('./world');

const BAD_REQUEST = [400];
const UNAUTHORIZED = [401];

async function page(name, more = {}) {
  const answer = await SNAP.createTransaction({ ...details(name), ...more });
  assert.match(answer.token, UUID);
  assert.ok(answer.redirect_url.endsWith(answer.token), answer.redirect_url);
  return answer.token;
}

function messages(error) {
  return error.ApiResponse.error_messages;
}

// As the official tests send it, with methods that are long gone.
function everything() {
  const address = {
    first_name: 'John', phone: '081 2233 44-55', address: 'Sudirman', city: 'Jakarta',
    postal_code: '12190', country_code: 'IDN',
  };
  const text = [{ en: 'text in English', id: 'text in Bahasa Indonesia' }];
  return {
    item_details: [
      { id: 'ITEM1', price: 130000, quantity: 1, name: 'Bear', brand: 'Midtrans' },
      { price: -5000, quantity: 1, name: 'Discount' },
    ],
    customer_details: {
      first_name: 'John', last_name: 'Watson', email: 'john@example.com', phone: '+628123456',
      billing_address: address, shipping_address: address,
    },
    enabled_payments: [
      'credit_card', 'mandiri_clickpay', 'bca_klikbca', 'echannel', 'indosat_dompetku',
      'permata_va', 'bca_va', 'bni_va', 'other_va', 'gopay', 'kioson', 'indomaret', 'gci',
      'danamon_online',
    ],
    credit_card: {
      secure: true, channel: 'migs', bank: 'bca',
      installment: { required: false, terms: { bni: [3, 6], offline: [6] } },
      whitelist_bins: ['48111111', '41111111'],
    },
    bca_va: { va_number: '12345678911', free_text: { inquiry: text, payment: text } },
    bni_va: { va_number: '12345678' },
    permata_va: { va_number: '1234567890', recipient_name: 'SUDARSONO' },
    callbacks: { finish: 'https://merchant.example' },
    expiry: { start_time: '2039-12-20 18:11:08 +0700', unit: 'minutes', duration: 1 },
    custom_field1: 'custom field 1 content',
  };
}

cases({
  async snap_create() {
    await page('snap_create', { credit_card: { secure: true } });
  },

  async snap_create_with_everything() {
    await page('snap_create_with_everything', everything());
  },

  async snap_token_and_redirect_url() {
    assert.match(await SNAP.createTransactionToken(details('snap_token')), UUID);
    const url = await SNAP.createTransactionRedirectUrl(details('snap_redirect_url'));
    assert.match(url, /^http/);
    assert.match(url.split('/').at(-1), UUID);
  },

  async snap_create_again_before_a_method_is_chosen() {
    assert.notEqual(await page('snap_create_again'), await page('snap_create_again'));
  },

  async snap_without_amount_400() {
    const request = { transaction_details: { order_id: order('snap_without_amount') } };
    const error = await refused(() => SNAP.createTransaction(request), BAD_REQUEST);
    assert.deepEqual(messages(error), [
      'transaction_details.gross_amount is required',
      'transaction_details.gross_amount is not a number',
    ]);
  },

  async snap_without_anything_400() {
    for (const nothing of [undefined, null]) {
      const error = await refused(() => SNAP.createTransaction(nothing), BAD_REQUEST);
      assert.match(error.message, /is required/);
    }
  },

  async snap_of_nothing_400() {
    const request = details('snap_of_nothing', 0);
    const error = await refused(() => SNAP.createTransaction(request), BAD_REQUEST);
    assert.ok(messages(error).length > 0, error.message);
  },

  async snap_of_another_sum_400() {
    const item_details = [{ name: 'Bear', price: 1000, quantity: 2 }];
    const request = { ...details('snap_of_another_sum'), item_details };
    const error = await refused(() => SNAP.createTransaction(request), BAD_REQUEST);
    const text = 'transaction_details.gross_amount is not equal to the sum of item_details';
    assert.deepEqual(messages(error), [text]);
  },

  async snap_wrong_key_401() {
    const stranger = snap({ serverKey: 'SB-Mid-server-SOMEBODY-ELSE' });
    const call = () => stranger.createTransaction(details('snap_wrong_key'));
    const error = await refused(call, UNAUTHORIZED);
    assert.match(messages(error)[0], /unauthorized/);
    assert.equal(messages(error).length, 2, error.message);
  },

  async snap_status_404_before_a_method_is_chosen() {
    await page('snap_status_404');
    await refused(() => SNAP.transaction.status(order('snap_status_404')), IN_THE_BODY, '404');
  },

  // The whole way: page, method, money; the order is spent afterwards.
  async snap_paid() {
    const token = await page('snap_paid', { custom_field1: 'echoed' });
    await simulator('POST', `/_sim/pages/${token}/pay`, { method: 'bca_va' });
    const answer = await SNAP.transaction.status(order('snap_paid'));
    const paid = { status_code: '200', transaction_status: 'settlement' };
    matches({ ...paid, gross_amount: '125000.00', custom_field1: 'echoed' }, answer);
    const told = await notified('snap_paid', 'settlement');
    assert.deepEqual(await SNAP.transaction.notification(told), answer);
    const again = await refused(() => SNAP.createTransaction(details('snap_paid')), BAD_REQUEST);
    assert.match(messages(again)[0], /order_id/);
  },

  async snap_notified_elsewhere() {
    const headers = { 'X-Override-Notification': `${SETTINGS.merchant}/elsewhere` };
    const told = snap({ headers });
    const token = await told.createTransactionToken(details('snap_notified_elsewhere'));
    await simulator('POST', `/_sim/pages/${token}/pay`, { method: 'qris' });
    await notified('snap_notified_elsewhere', 'settlement', 'elsewhere');
  },
});
