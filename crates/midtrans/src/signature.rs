//! `signature_key`: how a notification proves that it comes from someone with our server key.
//!
//! It covers order id, status code and amount, and *not* the transaction status
//! (midtrans.md 0.1 #5): a valid signature is a reason to ask GET Status, not an answer.

use crate::ServerKey;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

/// The signature of these raw strings: lower-case hex of SHA-512 over their plain concatenation
/// with the key (midtrans.md 3.2).
pub fn sign(order_id: &str, status_code: &str, gross_amount: &str, key: &ServerKey) -> String {
    hex::encode(digest(order_id, status_code, gross_amount, key))
}

/// Whether `signature` is the signature of these raw strings, as they were received. Takes the
/// same time wherever the first difference is.
pub fn verify(
    order_id: &str,
    status_code: &str,
    gross_amount: &str,
    key: &ServerKey,
    signature: &str,
) -> bool {
    let mut claimed = [0; 64];
    if hex::decode_to_slice(signature, &mut claimed).is_err() {
        return false;
    }
    digest(order_id, status_code, gross_amount, key).ct_eq(&claimed).into()
}

fn digest(order_id: &str, status_code: &str, gross_amount: &str, key: &ServerKey) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in [order_id, status_code, gross_amount, key.reveal()] {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "ORD-2026-000123";

    /// The vectors of midtrans.md 3.2.
    const VECTORS: [(&str, &str, &str); 5] = [
        (
            "201",
            "125000.00",
            "59a526e5cc55ddab7a5995e924befcd2ce213f18216bb6d8b7b559a3fa8f872e50359ea41520b3ed09f6619e80735ad77e27d2c216d0aed038079557fb356eb8",
        ),
        (
            "200",
            "125000.00",
            "e2a76307e0e1b9c5e50de143a4cf9cf48a37db90da60193929b41dab7b2fd1a3d6a9b535f9cd185a865aea87bc45ca24497d0073b1f1289017ff947493c919d0",
        ),
        (
            "202",
            "125000.00",
            "14100fab16b434dea2420227a3d0fdb60cae29a295d2aa2b2991611678353a33f4c697b78134f5f449c38e3e245a5f49fb68602107cff32f78d8d0c8d7894066",
        ),
        (
            "407",
            "125000.00",
            "1fa0a8974a44965fd30e82d16e4201bdd14fcb7a4b5bf68c74ba1061d179b65fcd4c71ca893f5342297277b5d16e8690d192f41b97160520d5285d2f72de2a09",
        ),
        (
            "200",
            "125000",
            "9542df41517fe791e31fcb3b1fa64501afde8922d9ed6b3a160a6eedc240f0d3c7f24fae1de28c1754ba23696b3981bf942866eb14ab6b4b1bc5ae0f8f15483f",
        ),
    ];

    fn key() -> ServerKey {
        ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap()
    }

    #[test]
    fn matches_the_published_vectors() {
        for (code, amount, expected) in VECTORS {
            assert_eq!(sign(ORDER, code, amount, &key()), expected, "{code} {amount}");
            assert!(verify(ORDER, code, amount, &key(), expected));
        }
    }

    #[test]
    fn a_signature_over_a_reformatted_amount_is_refused() {
        let over_integer = VECTORS[4].2;
        assert!(!verify(ORDER, "200", "125000.00", &key(), over_integer));
    }

    #[test]
    fn anything_but_the_right_hex_is_refused() {
        let right = VECTORS[1].2;
        let other_key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0002").unwrap();
        assert!(!verify(ORDER, "200", "125000.00", &other_key, right));
        assert!(!verify("ORD-2026-000124", "200", "125000.00", &key(), right));
        assert!(!verify(ORDER, "201", "125000.00", &key(), right));
        let twice = right.repeat(2);
        for bad in ["", "00", "zz", &right[1..], &right[..126], &twice, &format!("{right} ")] {
            assert!(!verify(ORDER, "200", "125000.00", &key(), bad), "{bad:?}");
        }
    }
}
