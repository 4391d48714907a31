"""What the cases stand on: the official client pointed at the simulator, the customer and the bank
played through `/_sim`, what the merchant was notified of, and the checks.

No case is written here. Facts are those of midtrans.md; the client is not changed in any way but for
its base addresses (5.1).
"""

import hashlib
import json
import re
import sys
import urllib.request

import midtransclient
from midtransclient.config import ApiConfig
from midtransclient.error_midtrans import MidtransAPIError

SETTINGS = json.loads(sys.argv[1])
CLIENT_KEY = "SB-Mid-client-EXAMPLE-0001"
AMOUNT = 125_000
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
# The layers of an answer: Core tells its outcome in the body over HTTP 200 (2.1).
IN_THE_BODY = (200,)

ApiConfig.CORE_SANDBOX_BASE_URL = SETTINGS["base"]
ApiConfig.SNAP_SANDBOX_BASE_URL = SETTINGS["base"] + "/snap/v1"


def core(server_key=SETTINGS["server_key"], **more):
    return midtransclient.CoreApi(
        is_production=False, server_key=server_key, client_key=CLIENT_KEY, **more
    )


def snap(server_key=SETTINGS["server_key"], **more):
    return midtransclient.Snap(
        is_production=False, server_key=server_key, client_key=CLIENT_KEY, **more
    )


CORE = core()
SNAP = snap()
TRANSACTIONS = CORE.transactions
CASES = {}


def case(function):
    """Adds a case under the name of its function."""
    CASES[function.__name__] = function
    return function


def order(name):
    """The order of a case."""
    return f"python-{name}"


def details(name, amount=AMOUNT):
    return {"transaction_details": {"order_id": order(name), "gross_amount": amount}}


def va(name, **more):
    """A charge of a virtual account, which waits for the customer."""
    request = {"payment_type": "bank_transfer", "bank_transfer": {"bank": "bca"}}
    return CORE.charge({**details(name), **request, **more})


def gopay(name, **more):
    return CORE.charge({**details(name), "payment_type": "gopay", **more})


def token(number):
    """The card token that a browser would ask for."""
    answer = CORE.card_token(
        {
            "client_key": CLIENT_KEY,
            "card_number": number,
            "card_cvv": "123",
            "card_exp_month": "12",
            "card_exp_year": "2039",
        }
    )
    matches({"status_code": "200", "token_id": "*"}, answer)
    return answer["token_id"]


def card(name, number="4811 1111 1111 1114", **more):
    request = {"payment_type": "credit_card", "credit_card": {"token_id": token(number), **more}}
    return CORE.charge({**details(name), **request})


def settled(charged):
    """The transaction after its customer paid, or its card settled."""
    play(charged["transaction_id"], "settle")
    return status(charged["transaction_id"], "200", "settlement")


def status(identifier, code, transaction_status):
    answer = TRANSACTIONS.status(identifier)
    matches({"status_code": code, "transaction_status": transaction_status}, answer)
    return answer


def play(transaction, action):
    """The customer or the bank does something."""
    return simulator("POST", f"/_sim/transactions/{transaction}/{action}")


def simulator(method, path, body=None):
    return json.loads(http(method, SETTINGS["base"] + path, body))


def notified(name, transaction_status, place="notifications"):
    """The very text that the merchant was sent about the order, once it is there."""
    return http("GET", f"{SETTINGS['merchant']}/{place}/{order(name)}/{transaction_status}")


def http(method, url, body=None):
    request = urllib.request.Request(url, method=method)
    if body is not None:
        request.add_header("content-type", "application/json")
        request.data = json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        return answer.read().decode()


def refused(call, http_status, code=None):
    """The error of a call that has to fail: of these HTTP statuses, with this code in the body."""
    try:
        answer = call()
    except MidtransAPIError as error:
        same_in(http_status, error.http_status_code, error.message)
        if code is not None:
            same(code, error.api_response_dict["status_code"], error.message)
        return error
    raise AssertionError(f"not refused: {answer}")


def matches(expected, actual, place=""):
    """Whether the answer has at least this. `*` is any text; of a list each thing has to be met."""
    if expected == "*":
        assert isinstance(actual, str) and actual, f"{place}: {actual!r} is no text"
    elif isinstance(expected, dict):
        assert isinstance(actual, dict), f"{place}: {actual!r}"
        for name, value in expected.items():
            assert name in actual, f"{place}.{name} is missing in {actual}"
            matches(value, actual[name], f"{place}.{name}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), f"{place}: {actual!r}"
        for value in expected:
            assert any(meets(value, other) for other in actual), f"{place}: no {value} in {actual}"
    else:
        # A number is no text: clients in stricter languages decode into text (5.3).
        assert type(expected) is type(actual) and expected == actual, f"{place}: {actual!r}"


def meets(expected, actual):
    try:
        matches(expected, actual)
    except AssertionError:
        return False
    return True


def same(expected, actual, about=""):
    assert expected == actual, f"{actual!r} is not {expected!r}: {about}"


def same_in(expected, actual, about=""):
    assert actual in expected, f"{actual!r} is none of {expected!r}: {about}"


def signed(body):
    """Whether the body has the signature that its own texts make (3.2)."""
    text = body["order_id"] + body["status_code"] + body["gross_amount"] + SETTINGS["server_key"]
    same(hashlib.sha512(text.encode()).hexdigest(), body["signature_key"], "signature_key")
