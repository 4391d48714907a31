"""Cases of refunds."""

import json

from world import (
    IN_THE_BODY,
    TRANSACTIONS,
    card,
    case,
    gopay,
    matches,
    notified,
    order,
    refused,
    same,
    settled,
    signed,
    status,
    va,
)

FIRST = {"refund_key": "first", "amount": 50_000, "reason": "out of stock"}
SECOND = {"refund_key": "second", "amount": 75_000, "reason": "the rest"}


@case
def refund_before_settlement_412():
    card("refund_early")
    for action in (TRANSACTIONS.refund, TRANSACTIONS.refundDirect):
        refused(lambda: action(order("refund_early"), FIRST), IN_THE_BODY, "412")


@case
def refund():
    """All of it: no amount, no key."""
    settled(card("refund"))
    answer = TRANSACTIONS.refund(order("refund"), {"reason": "changed mind"})
    matches({"status_code": "200", "transaction_status": "refund", "refund_amount": "125000.00",
             "refund_key": "*", "gross_amount": "125000.00"}, answer)
    assert type(answer["refund_chargeback_id"]) is int, answer
    status(order("refund"), "200", "refund")


@case
def refund_in_parts():
    found = settled(gopay("refund_parts"))
    part = {"status_code": "200", "transaction_status": "partial_refund",
            "refund_amount": "50000.00", "refund_key": "first"}
    matches(part, TRANSACTIONS.refund(order("refund_parts"), FIRST))
    status(order("refund_parts"), "200", "partial_refund")
    # The signature covers neither the state nor what was refunded (0.1 fact 5).
    told = json.loads(notified("refund_parts", "partial_refund"))
    signed(told)
    same(found["signature_key"], told["signature_key"])
    matches({"refunds": [{"refund_key": "first", "refund_amount": "50000.00"}]}, told)
    whole = {"status_code": "200", "transaction_status": "refund", "refund_key": "second"}
    matches(whole, TRANSACTIONS.refund(order("refund_parts"), SECOND))
    last = status(order("refund_parts"), "200", "refund")
    matches({"refund_amount": "125000.00",
             "refunds": [{"refund_key": "first"}, {"refund_key": "second"}]}, last)
    same(2, len(last["refunds"]))


@case
def refund_with_a_key_twice_406():
    settled(gopay("refund_twice"))
    TRANSACTIONS.refund(order("refund_twice"), FIRST)
    refused(lambda: TRANSACTIONS.refund(order("refund_twice"), FIRST), IN_THE_BODY, "406")
    same(1, len(status(order("refund_twice"), "200", "partial_refund")["refunds"]))


@case
def refund_direct():
    settled(gopay("refund_direct"))
    request = {"refund_key": "direct", "amount": 125_000, "reason": "out of stock"}
    answer = TRANSACTIONS.refundDirect(order("refund_direct"), request)
    matches({"status_code": "200", "transaction_status": "refund", "refund_amount": "125000.00",
             "refund_key": "direct"}, answer)
    status(order("refund_direct"), "200", "refund")


@case
def refund_of_a_virtual_account_is_refused():
    """By which code is not documented (2.6)."""
    settled(va("refund_va"))
    for action in (TRANSACTIONS.refund, TRANSACTIONS.refundDirect):
        refused(lambda: action(order("refund_va"), FIRST), IN_THE_BODY)
    status(order("refund_va"), "200", "settlement")
