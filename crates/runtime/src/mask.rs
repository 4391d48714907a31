//! Personal data made safe for logs, `Debug` and audits: enough to recognise, too little to use.

use kernel::Uuid;
use sha2::{Digest, Sha256};

/// `budi@example.com` becomes `b***@example.com`. Text that is no address becomes `***`.
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) if is_domain(domain) => {
            let first = local.chars().next().filter(|c| c.is_alphanumeric());
            format!("{}***@{domain}", first.map(String::from).unwrap_or_default())
        }
        _ => "***".to_owned(),
    }
}

/// `+62 812-3456-7890` becomes `***890`. Fewer than seven digits become `***`.
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let shown = if digits.len() < 7 { &[] } else { &digits[digits.len() - 3..] };
    format!("***{}", shown.iter().collect::<String>())
}

/// 64 lower-case hex digits by which services compare what they know about the `id`, without
/// telling it: SHA-256 of the id's 16 bytes and the text after them. Under another id the same text
/// has another fingerprint, so nobody can be found across orders by it. Who knows the id can still
/// try texts one by one: for operators, not for the public.
pub fn fingerprint(id: Uuid, text: &str) -> String {
    hex::encode(Sha256::new().chain_update(id.as_bytes()).chain_update(text).finalize())
}

/// Only a plain domain is shown; anything else might carry the data it should hide.
fn is_domain(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    (1..=255).contains(&text.len()) && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_first_letter_and_domain() {
        assert_eq!(mask_email("budi@example.com"), "b***@example.com");
        assert_eq!(mask_email("\"a@b\"@example.com"), "***@example.com");
        for bad in ["", "budi", "budi@", "a@b.id\r\nBcc: x", "a@<b>"] {
            assert_eq!(mask_email(bad), "***", "{bad:?}");
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_text_under_its_id() {
        let id = Uuid::from_u128(0x0192_f0c1_2b3c_7d4e_8f50_6172_8394_0a1b);
        let expected = "31cfabac2eeb18e9b2c8d541d6e53a524db1a0c1a35ff09aa20c2073cabc0654";
        assert_eq!(fingerprint(id, "budi@example.com"), expected);
        assert_ne!(fingerprint(id, "sari@example.com"), expected);
        assert_ne!(fingerprint(Uuid::from_u128(1), "budi@example.com"), expected);
    }

    #[test]
    fn a_number_keeps_its_last_three_digits() {
        assert_eq!(mask_phone("+62 812-3456-7890"), "***890");
        assert_eq!(mask_phone("123456"), "***");
        assert_eq!(mask_phone("٣٤٥٦٧٨٩٠"), "***");
    }
}
