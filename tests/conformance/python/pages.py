"""Cases of Snap: pages, and what becomes of them."""

from world import (
    IN_THE_BODY,
    SETTINGS,
    SNAP,
    UUID,
    case,
    details,
    matches,
    notified,
    order,
    refused,
    same,
    simulator,
    snap,
)

BAD_REQUEST = (400,)
UNAUTHORIZED = (401,)


def page(name, **more):
    answer = SNAP.create_transaction({**details(name), **more})
    assert UUID.fullmatch(answer["token"]), answer
    assert answer["redirect_url"].endswith(answer["token"]), answer
    return answer["token"]


def messages(error):
    return error.api_response_dict["error_messages"]


@case
def snap_create():
    page("snap_create", credit_card={"secure": True})


@case
def snap_create_with_everything():
    """As the official tests do, with methods that are long gone."""
    items = [{"id": "ITEM1", "price": 130_000, "quantity": 1, "name": "Bear", "brand": "Midtrans"}]
    items.append({"price": -5_000, "quantity": 1, "name": "Discount"})
    address = {"first_name": "John", "phone": "081 2233 44-55", "address": "Sudirman",
               "city": "Jakarta", "postal_code": "12190", "country_code": "IDN"}
    customer = {"first_name": "John", "last_name": "Watson", "email": "john@example.com",
                "phone": "+628123456", "billing_address": address, "shipping_address": address}
    text = [{"en": "text in English", "id": "text in Bahasa Indonesia"}]
    page(
        "snap_create_with_everything",
        item_details=items,
        customer_details=customer,
        enabled_payments=["credit_card", "mandiri_clickpay", "bca_klikbca", "echannel",
                          "indosat_dompetku", "permata_va", "bca_va", "bni_va", "other_va",
                          "gopay", "kioson", "indomaret", "gci", "danamon_online"],
        credit_card={"secure": True, "channel": "migs", "bank": "bca",
                     "installment": {"required": False, "terms": {"bni": [3, 6], "offline": [6]}},
                     "whitelist_bins": ["48111111", "41111111"]},
        bca_va={"va_number": "12345678911", "free_text": {"inquiry": text, "payment": text}},
        bni_va={"va_number": "12345678"},
        permata_va={"va_number": "1234567890", "recipient_name": "SUDARSONO"},
        callbacks={"finish": "https://merchant.example"},
        expiry={"start_time": "2039-12-20 18:11:08 +0700", "unit": "minutes", "duration": 1},
        custom_field1="custom field 1 content",
    )


@case
def snap_token_and_redirect_url():
    token = SNAP.create_transaction_token(details("snap_token"))
    assert UUID.fullmatch(token), token
    url = SNAP.create_transaction_redirect_url(details("snap_redirect_url"))
    assert url.startswith("http") and UUID.fullmatch(url.rsplit("/", 1)[1]), url


@case
def snap_create_again_before_a_method_is_chosen():
    assert page("snap_create_again") != page("snap_create_again")


@case
def snap_without_amount_400():
    request = {"transaction_details": {"order_id": order("snap_without_amount")}}
    error = refused(lambda: SNAP.create_transaction(request), BAD_REQUEST)
    same(
        [
            "transaction_details.gross_amount is required",
            "transaction_details.gross_amount is not a number",
        ],
        messages(error),
    )


@case
def snap_without_anything_400():
    error = refused(lambda: SNAP.create_transaction(None), BAD_REQUEST)
    assert "is required" in error.message, error.message


@case
def snap_of_nothing_400():
    request = details("snap_of_nothing", 0)
    assert messages(refused(lambda: SNAP.create_transaction(request), BAD_REQUEST))


@case
def snap_of_another_sum_400():
    items = [{"name": "Bear", "price": 1_000, "quantity": 2}]
    request = {**details("snap_of_another_sum"), "item_details": items}
    error = refused(lambda: SNAP.create_transaction(request), BAD_REQUEST)
    text = "transaction_details.gross_amount is not equal to the sum of item_details"
    same([text], messages(error))


@case
def snap_wrong_key_401():
    stranger = snap("SB-Mid-server-SOMEBODY-ELSE")
    error = refused(lambda: stranger.create_transaction(details("snap_wrong_key")), UNAUTHORIZED)
    assert "unauthorized" in messages(error)[0], error.message
    same(2, len(messages(error)), error.message)


@case
def snap_status_404_before_a_method_is_chosen():
    page("snap_status_404")
    refused(lambda: SNAP.transactions.status(order("snap_status_404")), IN_THE_BODY, "404")


@case
def snap_paid():
    """The whole way: page, method, money; the order is spent afterwards."""
    token = page("snap_paid", custom_field1="echoed")
    simulator("POST", f"/_sim/pages/{token}/pay", {"method": "bca_va"})
    answer = SNAP.transactions.status(order("snap_paid"))
    matches({"status_code": "200", "transaction_status": "settlement",
             "gross_amount": "125000.00", "custom_field1": "echoed"}, answer)
    same(answer, SNAP.transactions.notification(notified("snap_paid", "settlement")))
    again = refused(lambda: SNAP.create_transaction(details("snap_paid")), BAD_REQUEST)
    assert "order_id" in messages(again)[0], again.message


@case
def snap_notified_elsewhere():
    headers = {"X-Override-Notification": SETTINGS["merchant"] + "/elsewhere"}
    told = snap(custom_headers=headers)
    token = told.create_transaction_token(details("snap_notified_elsewhere"))
    simulator("POST", f"/_sim/pages/{token}/pay", {"method": "qris"})
    notified("snap_notified_elsewhere", "settlement", "elsewhere")
