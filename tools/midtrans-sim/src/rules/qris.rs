//! The text inside a QR code: EMVCo's merchant-presented format, which QRIS uses. Its acquirer is
//! one that no wallet knows, so nobody can pay real money with it.

/// The text of a transaction's code.
pub(crate) fn text(reference: &str, rupiah: i64) -> String {
    let account = field("00", "ID.MIDTRANS-SIM.WWW") + &field("01", reference);
    let mut text = [
        field("00", "01"),
        // Dynamic: good for one payment.
        field("01", "12"),
        field("26", &account),
        field("52", "5999"),
        // Rupiah, by its number in ISO 4217.
        field("53", "360"),
        field("54", &rupiah.to_string()),
        field("58", "ID"),
        field("59", "SIMULATED"),
        field("60", "JAKARTA"),
    ]
    .concat();
    text.push_str("6304");
    let check = crc(text.as_bytes());
    text + &format!("{check:04X}")
}

fn field(tag: &str, value: &str) -> String {
    format!("{tag}{:02}{value}", value.len())
}

/// CRC-16/CCITT-FALSE, which EMVCo prescribes.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc(b"123456789"), 0x29B1);
    }

    #[test]
    fn the_text_has_amount_currency_and_checksum() {
        let text = text("A1B2", 50_000);
        assert!(text.starts_with("000201010212"));
        assert!(text.contains("5303360") && text.contains("540550000"));
        let (body, check) = text.split_at(text.len() - 4);
        assert_eq!(format!("{:04X}", crc(body.as_bytes())), check);
    }
}
