//! The outside world: the gateway or its simulator, and the channel to customers.

use crate::config::{
    BadSetting, ChannelKind, Config, Environment, SIMULATOR_KEY, SIMULATOR_MERCHANT,
};
use anyhow::Context;
use kernel::{Clock, Ids};
use midtrans::{ClientConfig, ServerKey, hosts};
use midtrans_sim::{Sim, SimConfig};
use notification::channel::{MailboxChannel, SmtpChannel};
use notification::usecase::ports::Channel;
use payment::gateway::{MidtransConfig, MidtransGateway};
use payment::usecase::ports::PaymentGateway;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

pub(super) fn channel(config: &Config) -> anyhow::Result<Arc<dyn Channel>> {
    Ok(match config.notification.channel {
        ChannelKind::Mailbox => Arc::new(MailboxChannel),
        ChannelKind::Smtp => {
            let section = &config.notification;
            if section.smtp_url.is_empty() {
                let fix = "set it as in smtps://user:password@host:465, or channel = \"mailbox\"";
                return Err(BadSetting::new("notification.smtp_url", "it is not set", fix).into());
            }
            let smtp = SmtpChannel::try_new(section.smtp_url.reveal(), &section.from);
            Arc::new(smtp.context("notification.smtp_url and notification.from")?)
        }
    })
}

/// The client of whichever Midtrans is configured; `simulator` is where a simulated one answers.
pub(super) fn gateway(
    config: &Config,
    simulator: &str,
    public_url: &str,
) -> anyhow::Result<Arc<dyn PaymentGateway>> {
    let section = &config.midtrans;
    let (snap, core) = addresses(config, simulator)?;
    let key = ServerKey::try_new(section.server_key.reveal()).context("midtrans.server_key")?;
    let mut client = ClientConfig::new(Url::parse(&snap)?, Url::parse(&core)?, key);
    client.pool_size = section.width;
    // The embedded simulator knows where to call back; any other Midtrans is told with each call.
    if section.environment != Environment::Simulator || !section.simulator_url.is_empty() {
        client.notification_url = Some(Url::parse(&callback_url(public_url))?);
    }
    let calls_per_second = NonZeroU32::new(section.calls_per_second).ok_or_else(|| {
        BadSetting::new("midtrans.calls_per_second", "it is 0", "set it to at least 1")
    })?;
    let gateway = MidtransGateway::try_new(MidtransConfig {
        client,
        merchant_id: section.merchant_id.clone(),
        public_url: public_url.to_owned(),
        calls_per_second,
    })?;
    Ok(Arc::new(gateway))
}

/// Base addresses of Snap and Core.
fn addresses(config: &Config, simulator: &str) -> Result<(String, String), BadSetting> {
    let section = &config.midtrans;
    let key = section.server_key.reveal();
    let addresses = match section.environment {
        Environment::Simulator => {
            return Ok((format!("{simulator}/snap/v1"), simulator.to_owned()));
        }
        Environment::Sandbox if key == SIMULATOR_KEY => {
            let problem = "it is still the simulator's";
            return Err(BadSetting::new("midtrans.server_key", problem, "set your sandbox key"));
        }
        Environment::Sandbox => (hosts::SNAP_SANDBOX.to_owned(), hosts::CORE_SANDBOX.to_owned()),
        Environment::Production if key.starts_with("SB-") => {
            let problem = "it is a sandbox key (SB-…) but midtrans.environment is production";
            let fix = "set the live key, or environment = \"sandbox\"";
            return Err(BadSetting::new("midtrans.server_key", problem, fix));
        }
        Environment::Production => {
            (hosts::SNAP_PRODUCTION.to_owned(), hosts::CORE_PRODUCTION.to_owned())
        }
    };
    if section.merchant_id == SIMULATOR_MERCHANT {
        let problem = "it is still the simulator's";
        let fix = "set your own, or \"\" to not check it";
        return Err(BadSetting::new("midtrans.merchant_id", problem, fix));
    }
    Ok(addresses)
}

/// Opens a simulator. `data`: its file, else it keeps everything in memory.
pub(super) async fn simulator(
    config: &Config,
    data: Option<PathBuf>,
    public_url: &str,
    notification_url: Option<String>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> anyhow::Result<Sim> {
    let sim = SimConfig {
        data,
        server_key: config.midtrans.server_key.reveal().to_owned(),
        merchant_id: config.midtrans.merchant_id.clone(),
        public_url: public_url.to_owned(),
        notification_url,
        speed: config.simulator.speed,
        retry_jitter: true,
    };
    Sim::open(sim, clock, ids).await.context("the simulator cannot start")
}

pub(super) fn callback_url(base: &str) -> String {
    format!("{base}/webhooks/midtrans")
}
