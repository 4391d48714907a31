//! Reads every order from every service: six lists, each sorted by order id, merged as they are
//! read. What is in memory is a page of each list, however many orders there are.

use super::dossier::{Dossier, Stories};
use super::gateway::{self, Gateway};
use crate::client::Client;
use crate::lists::{ByOrder, Orders, Page, transactions};
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use kernel::Uuid;
use notification::audit::NotificationDossier;
use ops::dto::StoryDto;
use order::audit::OrderDossier;
use payment::audit::PaymentDossier;
use serde::de::IgnoredAny;

/// What the clocks of several instances that make orders may differ by.
const SKEW_MAX: SignedDuration = SignedDuration::from_mins(1);

/// All services' lists.
pub(crate) struct Reader<'a> {
    client: &'a Client,
    orders: ByOrder<OrderDossier>,
    payments: ByOrder<PaymentDossier>,
    notifications: ByOrder<NotificationDossier>,
    order_stories: ByOrder<StoryDto>,
    payment_stories: ByOrder<StoryDto>,
    notification_stories: ByOrder<StoryDto>,
}

impl<'a> Reader<'a> {
    /// Every order that there is now: later ones may come faster than they are read. Now is by the
    /// clock of the service that makes the ids, which this machine's need not agree with.
    pub(crate) async fn of_all(client: &'a Client) -> anyhow::Result<Self> {
        let path = "/ops/order/audit?limit=1";
        let told = client.get_dated::<Page<IgnoredAny>>(path).await?;
        let (now, _) = told.with_context(|| {
            format!("{} does not answer: is it an older OrderFlow?", client.address(path))
        })?;
        Ok(Self::of(client, &Orders::made_until(now + SKEW_MAX)))
    }

    fn of(client: &'a Client, orders: &Orders) -> Self {
        let stories = |path| ByOrder::new(path, |story: &StoryDto| &story.order_id, orders.clone());
        let of = || orders.clone();
        Self {
            client,
            orders: ByOrder::new("/ops/order/audit", |row| &row.order_id, of()),
            payments: ByOrder::new("/ops/payment/audit", |row| &row.order_id, of()),
            notifications: ByOrder::new("/ops/notification/audit", |row| &row.order_id, of()),
            order_stories: stories("/ops/order/stories"),
            payment_stories: stories("/ops/payment/stories"),
            notification_stories: stories("/ops/notification/stories"),
        }
    }

    /// The next order that any service knows, without what the gateway has.
    pub(crate) async fn next(&mut self, now: Timestamp) -> anyhow::Result<Option<Dossier>> {
        self.fill().await?;
        let heads = [
            self.orders.head(),
            self.payments.head(),
            self.notifications.head(),
            self.order_stories.head(),
            self.payment_stories.head(),
            self.notification_stories.head(),
        ];
        // UUIDs sort as their text does.
        let Some(id) = heads.into_iter().flatten().min().map(str::to_owned) else {
            return Ok(None);
        };
        Ok(Some(Dossier {
            order: self.orders.take(&id),
            payment: self.payments.take(&id),
            notification: self.notifications.take(&id),
            stories: Stories {
                order: self.order_stories.take(&id),
                payment: self.payment_stories.take(&id),
                notification: self.notification_stories.take(&id),
            },
            gateway: None,
            now,
            order_id: id,
        }))
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        let client = self.client;
        tokio::try_join!(
            self.orders.fill(client),
            self.payments.fill(client),
            self.notifications.fill(client),
            self.order_stories.fill(client),
            self.payment_stories.fill(client),
            self.notification_stories.fill(client),
        )?;
        Ok(())
    }
}

/// Reads one order again, what the gateway has of it too if it is `simulated`.
pub(crate) async fn one(
    client: &Client,
    order: &str,
    now: Timestamp,
    simulated: bool,
) -> anyhow::Result<Option<Dossier>> {
    let id: Uuid = order.parse().with_context(|| format!("{order} is no order's id"))?;
    let found = Reader::of(client, &Orders::one(id)).next(now).await?;
    let Some(mut dossier) = found else { return Ok(None) };
    if simulated {
        let mut account = gateway::Account::default();
        for attempt in dossier.payment.iter().flat_map(|p| &p.attempts) {
            account.transactions.extend(transactions::of(client, &attempt.id).await?);
        }
        dossier.gateway = Some(account);
        look_at_page(client, &mut dossier).await?;
    }
    Ok(Some(dossier))
}

/// Gives a dossier what the gateway has of it.
pub(crate) async fn with_gateway(
    client: &Client,
    gateway: &mut Gateway,
    dossier: &mut Dossier,
) -> anyhow::Result<()> {
    let attempts = dossier.payment.iter().flat_map(|p| &p.attempts);
    dossier.gateway = Some(gateway.take(attempts.map(|attempt| attempt.id.as_str())));
    look_at_page(client, dossier).await
}

/// Asks for the page where the customer is to pay: only while nobody has begun to.
async fn look_at_page(client: &Client, dossier: &mut Dossier) -> anyhow::Result<()> {
    let Some(token) = awaited_page(dossier).map(str::to_owned) else { return Ok(()) };
    let page = gateway::page(client, &token).await?;
    if let Some(account) = &mut dossier.gateway {
        account.page = Some(page);
    }
    Ok(())
}

/// The token of the page on which the customer is awaited.
pub(crate) fn awaited_page(dossier: &Dossier) -> Option<&str> {
    let payment = dossier.payment.as_ref().filter(|payment| payment.status == "pending")?;
    let attempt = payment.attempts.last()?;
    attempt.page_token.as_deref().filter(|_| attempt.transactions.is_empty())
}
