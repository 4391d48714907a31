"""Cases of what is asked and done about a transaction, refunds apart."""

import json

from world import (
    AMOUNT,
    CORE,
    IN_THE_BODY,
    TRANSACTIONS,
    card,
    case,
    core,
    gopay,
    matches,
    notified,
    order,
    refused,
    same,
    same_in,
    settled,
    signed,
    simulator,
    status,
    va,
)

NOBODY = "python-nobody"
CHALLENGED = "4111 1111 1111 1111"


@case
def unknown_transaction_404():
    """Over HTTP 200, as an error all the same, whatever is asked."""
    calls = [
        lambda: TRANSACTIONS.status(NOBODY),
        lambda: TRANSACTIONS.statusb2b(NOBODY),
        lambda: TRANSACTIONS.cancel(NOBODY),
        lambda: TRANSACTIONS.expire(NOBODY),
        lambda: TRANSACTIONS.approve(NOBODY),
        lambda: TRANSACTIONS.deny(NOBODY),
        lambda: TRANSACTIONS.refund(NOBODY, {"amount": 1_000}),
        lambda: TRANSACTIONS.refundDirect(NOBODY, {"amount": 1_000}),
        lambda: CORE.capture({"transaction_id": NOBODY, "gross_amount": 1_000}),
        lambda: TRANSACTIONS.notification({"transaction_id": NOBODY}),
    ]
    for number, call in enumerate(calls):
        error = refused(call, IN_THE_BODY, "404")
        assert "exist" in error.message, f"{number}: {error.message}"


@case
def status_wrong_key_401():
    stranger = core("SB-Mid-server-SOMEBODY-ELSE")
    refused(lambda: stranger.transactions.status(NOBODY), (401,), "401")


@case
def status_b2b():
    charged = va("status_b2b")
    answer = TRANSACTIONS.statusb2b(order("status_b2b"))
    listed = {"transaction_id": charged["transaction_id"], "order_id": order("status_b2b")}
    matches({"status_code": "200", "transactions": [listed]}, answer)


@case
def notification_helper():
    """Takes the delivered text, or what it says, and gives GET Status, however old it is."""
    charged = va("notification_helper")
    old = notified("notification_helper", "pending")
    found = settled(charged)
    told = notified("notification_helper", "settlement")
    signed(json.loads(told))
    for body in (told, json.loads(told), old):
        same(found, TRANSACTIONS.notification(body), body)


@case
def notification_helper_with_a_header_of_the_merchant():
    """The client puts the header into the query by mistake (5.3)."""
    charged = va("notification_header")
    odd = core(custom_headers={"X-Foo": "bar"})
    answer = odd.transactions.notification({"transaction_id": charged["transaction_id"]})
    matches({"status_code": "201", "transaction_status": "pending"}, answer)


@case
def cancel():
    va("cancel")
    answer = TRANSACTIONS.cancel(order("cancel"))
    matches({"status_code": "200", "transaction_status": "cancel",
             "gross_amount": "125000.00"}, answer)
    status(order("cancel"), "200", "cancel")


@case
def cancel_of_a_captured_card():
    charged = card("cancel_card")
    answer = TRANSACTIONS.cancel(charged["transaction_id"])
    matches({"status_code": "200", "transaction_status": "cancel"}, answer)
    # The same state, told in two ways (0.1 fact 4).
    status(order("cancel_card"), "200", "cancel")
    told = json.loads(notified("cancel_card", "cancel"))
    matches({"status_code": "202"}, told)
    signed(told)


@case
def cancel_after_settlement_412():
    settled(va("cancel_settled"))
    refused(lambda: TRANSACTIONS.cancel(order("cancel_settled")), IN_THE_BODY, "412")
    status(order("cancel_settled"), "200", "settlement")


@case
def expire():
    """407 is no error, neither of the action nor of the status."""
    va("expire")
    answer = TRANSACTIONS.expire(order("expire"))
    matches({"status_code": "407", "transaction_status": "expire"}, answer)
    status(order("expire"), "407", "expire")
    told = json.loads(notified("expire", "expire"))
    matches({"status_code": "202"}, told)
    signed(told)


@case
def expire_after_settlement_412():
    settled(gopay("expire_settled"))
    refused(lambda: TRANSACTIONS.expire(order("expire_settled")), IN_THE_BODY, "412")


@case
def approve():
    matches({"transaction_status": "capture", "fraud_status": "challenge"},
            card("approve", CHALLENGED))
    answer = TRANSACTIONS.approve(order("approve"))
    matches({"status_code": "200", "transaction_status": "capture",
             "fraud_status": "accept"}, answer)
    matches({"fraud_status": "accept"}, status(order("approve"), "200", "capture"))
    refused(lambda: TRANSACTIONS.approve(order("approve")), IN_THE_BODY, "412")


@case
def deny():
    card("deny", CHALLENGED)
    answer = TRANSACTIONS.deny(order("deny"))
    matches({"status_code": "200", "fraud_status": "deny"}, answer)
    # Sources disagree which of them it is (2.4).
    same_in(("deny", "cancel"), answer["transaction_status"])
    found = TRANSACTIONS.status(order("deny"))
    same(answer["transaction_status"], found["transaction_status"])


@case
def approve_and_deny_of_an_accepted_card_412():
    card("approve_accepted")
    for action in (TRANSACTIONS.approve, TRANSACTIONS.deny):
        refused(lambda: action(order("approve_accepted")), IN_THE_BODY, "412")
    status(order("approve_accepted"), "200", "capture")


@case
def capture():
    charged = card("capture", type="authorize")
    same("authorize", charged["transaction_status"])
    request = {"transaction_id": charged["transaction_id"], "gross_amount": AMOUNT}
    matches({"status_code": "200", "transaction_status": "capture"}, CORE.capture(request))
    status(order("capture"), "200", "capture")


@case
def expired_by_time():
    charged = va("expired_by_time", custom_expiry={"expiry_duration": 1, "unit": "minute"})
    assert charged["expiry_time"] > charged["transaction_time"], charged
    simulator("PUT", "/_sim/clock", {"advance_seconds": 90})
    notified("expired_by_time", "expire")
    status(order("expired_by_time"), "407", "expire")
