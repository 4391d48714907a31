//! Any bytes at all: nothing panics, nothing that was not said is believed.

use crate::calls::all;
use crate::stub::saying;
use midtrans::{Error, Notification, Transaction};

const SEEDS: [&str; 4] = [
    include_str!("../fixtures/notification_partial_refund.json"),
    include_str!("../fixtures/charge_gopay.json"),
    include_str!("../fixtures/refund_declined.json"),
    include_str!("../fixtures/failure_400.json"),
];

/// xorshift64: the same noise every time.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    /// A sample with a few bytes changed, cut, doubled or swapped for what JSON is made of.
    fn spoil(&mut self, seed: &str) -> Vec<u8> {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(2) - 1);
            match self.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, b"{}[],:\"0\\\0\xff"[self.below(11)]),
                2 => drop(bytes.drain(at..(at + self.below(9)).min(bytes.len()))),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        bytes
    }
}

#[test]
fn no_spoilt_body_panics_and_what_is_read_is_identified() {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for round in 0..20_000 {
        let body = noise.spoil(SEEDS[round % SEEDS.len()]);
        let _ = Notification::parse(&body);
        if let Ok(read) = Transaction::parse(&body) {
            let _ = (read.amount_to_compare(), read.is_paid(), read.expires_at());
        }
    }
    for deep in ["[", "{\"a\":"] {
        assert!(Transaction::parse(deep.repeat(50_000).as_bytes()).is_err());
    }
}

/// The samples are of other orders, so that no call may believe one, spoilt or whole.
#[tokio::test]
async fn no_call_believes_a_spoilt_body() {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    for round in 0..60 {
        let body = noise.spoil(SEEDS[round % SEEDS.len()]);
        let client = saying(200, &String::from_utf8_lossy(&body)).await;
        for (call, result) in all(&client).await {
            let failed = matches!(result, Err(Error::Refused { .. } | Error::Unknown(_)));
            assert!(failed, "{call} of {:?}: {result:?}", String::from_utf8_lossy(&body));
        }
    }
}
