//! The customer's stable link: where it leads at each moment.

use serde_json::Value;
use testkit::{Answer, order, order_in, text, until};

fn is_a_page(page: &Answer, status: u16, words: &str) {
    assert_eq!(page.status, status, "{}", page.text);
    assert!(page.text.contains(words), "{words:?} is not in {}", page.text);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").is_some_and(|p| p.contains("'none'")));
}

fn reloads(page: &Answer) -> bool {
    page.text.contains("http-equiv=\"refresh\"")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_leads_to_the_gateway_and_then_says_paid() {
    let stack = crate::start().await;
    for (locale, words) in [("id", "Pembayaran diterima"), ("en", "Payment received")] {
        let id = stack.create_id(&order_in(locale)).await;
        let page = stack.page(&id).await;
        let link = stack.get(&format!("/pay/{id}")).await;
        assert_eq!((link.status, link.header("location")), (303, Some(page.url.as_str())));
        assert_eq!(link.header("cache-control"), Some("no-store"));
        let path = page.url.strip_prefix(&stack.base("/snap/")).unwrap();
        let there = stack.get(path).await.expect(200);
        assert!(there.text.contains("185.000"), "{}", there.text);
        stack.pay(&id, "qris", "settle").await;
        stack.order_becomes(&id, "paid").await;
        let paid = stack.get(&format!("/pay/{id}")).await;
        is_a_page(&paid, 200, words);
        assert!(!reloads(&paid) && paid.text.contains("185.000"));
    }
    stack.finish().await;
}

/// One call a second: the last of four orders waits three seconds for its page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_says_that_the_page_is_being_prepared() {
    let stack = crate::start_with("midtrans.calls_per_second", "1").await;
    for _ in 0..3 {
        stack.create_id(&order()).await;
    }
    for (locale, words) in [("id", "sedang disiapkan"), ("en", "is being prepared")] {
        let id = stack.create_id(&order_in(locale)).await;
        let payment = stack.payment_of(&id).await;
        assert_eq!(payment["status"], "opening");
        let page = stack.get(&format!("/pay/{id}")).await;
        is_a_page(&page, 200, words);
        assert!(reloads(&page), "{}", page.text);
        until("the page", async || {
            let link = stack.get(&format!("/pay/{id}")).await;
            if link.status == 303 { Ok(()) } else { Err(link.status) }
        })
        .await;
    }
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_of_no_order_is_no_error() {
    let stack = crate::start().await;
    let young = stack.get("/pay/0192f0c1-2b3c-7d4e-8f50-617283940a1b").await;
    is_a_page(&young, 404, "sedang disiapkan");
    for wrong in ["not-a-uuid", "%00", "..%2f..%2fetc", "<script>"] {
        let page = stack.get(&format!("/pay/{wrong}")).await;
        is_a_page(&page, 404, "Tautan tidak dikenal");
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    stack.finish().await;
}

/// The buttons of the simulator's page do what `/_sim` does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateways_page_works_by_hand() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    let page = stack.page(&id).await;
    let path = page.url.strip_prefix(&stack.base("/snap/")).unwrap().to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (button, body) in [("choose", "method=bni_va"), ("act", "action=pay")] {
        let path = format!("{path}/{button}");
        stack.send(reqwest::Method::POST, &path, &form, body).await.expect(303);
    }
    let paid = stack.order_becomes(&id, "paid").await;
    assert_eq!(paid["payment"]["method"], "bank_transfer");
    let there = stack.get(&path).await.expect(200);
    assert!(there.text.contains(&format!("/pay/{id}")), "no way back: {}", there.text);
    stack.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_shows_what_was_sent() {
    let stack = crate::start().await;
    let id = stack.create_id(&order()).await;
    stack.told(&id, 1).await;
    let [mail]: [Value; 1] = stack.notifications(&id).await.try_into().unwrap();
    let list = stack.get("/mailbox").await.expect(200);
    let link = format!("/mailbox/{}", text(&mail, "/id"));
    assert!(list.text.contains(&link) && list.text.contains("budi@example.com"));
    stack.get(&link).await.expect(200);
    stack.finish().await;
}
