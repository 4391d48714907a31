"""Cases of charging: every type of charges.json, and charges that are refused."""

import json
import pathlib

from world import (
    CORE,
    IN_THE_BODY,
    SETTINGS,
    TIME,
    TRANSACTIONS,
    CASES,
    case,
    core,
    details,
    matches,
    notified,
    order,
    refused,
    same,
    signed,
    token,
    va,
)

# A request that is invalid is the one failure but a wrong key that Core tells by HTTP too: Midtrans'
# deployment notes put body 400 over HTTP 400 (and 402, 404, 406, 413 over 200), and the official
# Node client's own test against the sandbox asserts a numeric 400, which it has from there.
INVALID = (400,)
UNAUTHORIZED = (401,)
# Sources of an internal fault name the code, and "unexpected" in its text, but no layer (L).
EITHER_LAYER = (200, 500)


def charge(row):
    """Charges, asks for the status, and hands the delivered notification to the helper."""
    name, request = row["case"], {**details(row["case"]), **row["request"]}
    if "card" in row:
        card = {**request["credit_card"], "token_id": token(row["card"])}
        request["credit_card"] = card
    charged = CORE.charge(request)
    matches({**row["answer"], "status_code": "*", "transaction_id": "*", "status_message": "*"},
            charged)
    matches(row["answer"], charged)
    matches({"order_id": order(name), "gross_amount": "125000.00", "currency": "IDR"}, charged)
    assert TIME.fullmatch(charged["transaction_time"]), charged
    for absent in row.get("absent", []):
        assert absent not in charged, f"{absent} in {charged}"
    found = TRANSACTIONS.status(order(name))
    for field in ("transaction_id", "transaction_status", "payment_type", "gross_amount"):
        same(charged[field], found[field], field)
    same(found, TRANSACTIONS.status(charged["transaction_id"]), "by its own id")
    signed(found)
    told = notified(name, charged["transaction_status"])
    signed(json.loads(told))
    same(found, TRANSACTIONS.notification(told), "the notification helper")


def add_charges():
    table = pathlib.Path(__file__).parent.parent / "charges.json"
    for row in json.loads(table.read_text())["charges"]:
        CASES[row["case"]] = lambda row=row: charge(row)


add_charges()


@case
def charge_twice_406():
    va("charge_twice")
    refused(lambda: va("charge_twice"), IN_THE_BODY, "406")


@case
def charge_again_with_its_idempotency_key():
    """The same answer, not the second charge (2.8)."""
    keyed = core(custom_headers={"Idempotency-Key": order("charge_again")})
    request = {**details("charge_again"), "payment_type": "gopay"}
    same(keyed.charge(request), keyed.charge(request))


@case
def charge_without_anything_500():
    error = refused(lambda: CORE.charge(None), EITHER_LAYER, "500")
    assert "unexpected" in error.message, error.message


@case
def charge_of_nothing_400():
    request = {**details("charge_of_nothing", 0), "payment_type": "bank_transfer",
               "bank_transfer": {"bank": "bca"}}
    error = refused(lambda: CORE.charge(request), INVALID, "400")
    assert error.api_response_dict["validation_messages"], error.message


@case
def charge_of_another_sum_400():
    items = [{"name": "Bear", "price": 1_000, "quantity": 2}]
    call = lambda: va("charge_of_another_sum", item_details=items)  # noqa: E731
    error = refused(call, INVALID, "400")
    text = "transaction_details.gross_amount is not equal to the sum of item_details"
    assert text in error.api_response_dict["validation_messages"], error.message


@case
def charge_wrong_key_401():
    stranger = core("SB-Mid-server-SOMEBODY-ELSE")
    request = {**details("charge_wrong_key"), "payment_type": "gopay"}
    error = refused(lambda: stranger.charge(request), UNAUTHORIZED, "401")
    assert "authorized" in error.message, error.message


@case
def charge_notified_elsewhere():
    headers = {"X-Override-Notification": SETTINGS["merchant"] + "/elsewhere"}
    told = core(custom_headers=headers)
    told.charge({**details("charge_notified_elsewhere"), "payment_type": "gopay"})
    notified("charge_notified_elsewhere", "pending", "elsewhere")


@case
def charge_echoes_what_the_merchant_added():
    va("charge_echoes", custom_field1="one", custom_field3="three", metadata={"note": "told again"})
    echoed = {"custom_field1": "one", "custom_field3": "three", "metadata": {"note": "told again"}}
    matches(echoed, TRANSACTIONS.status(order("charge_echoes")))
    matches(echoed, json.loads(notified("charge_echoes", "pending")))
