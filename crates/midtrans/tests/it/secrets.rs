//! No `Debug` output and no error text shows what must not be logged.

use crate::stub::{KEY, config, order, saying};
use midtrans::{
    CardToken, ChargeRequest, Client, CreditCard, Customer, NotificationUrls, Options,
    PaymentMethod,
};

#[tokio::test]
async fn the_key_the_card_and_the_customer_are_nowhere() {
    let config = config("127.0.0.1:1".parse().unwrap());
    let token = "48111111-1114-secret";
    let card = CreditCard::new(CardToken::try_new(token).unwrap());
    let method = PaymentMethod::CreditCard(card);
    let customer = Customer { email: Some("ibu@example.com".to_owned()), ..Customer::default() };
    let request = ChargeRequest::try_new(order(), 125_000, vec![], method).unwrap();
    let request = request.with_customer(customer).unwrap();
    let unreachable = Client::try_new(config.clone()).unwrap();
    let refused = saying(200, r#"{"status_code":"400","status_message":"no"}"#).await;
    let none = Options::default();
    let error = unreachable.charge(&request, &none).await.unwrap_err();
    let mut shown = vec![format!("{config:?}"), format!("{unreachable:?}"), format!("{request:?}")];
    shown.push(format!("{error:?} {error}"));
    let error = refused.charge(&request, &none).await.unwrap_err();
    shown.push(format!("{error:?} {error}"));
    for secret in [KEY, "U0ItTWlk", "EXAMPLE", token, "ibu@example.com"] {
        for text in &shown {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(shown[2].contains("ORD-1"), "{}", shown[2]);
    let url = "https://ibu:secret@toko.example/".parse().unwrap();
    assert!(NotificationUrls::try_new(&[url]).is_err());
}
