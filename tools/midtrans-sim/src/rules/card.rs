//! The documented test cards: what becomes of a charge with each (midtrans.md 2.3).

/// What a card is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted,
    DeniedByBank,
    DeniedByFraudDetection,
    /// Held for review; historic cards.
    Challenged,
    /// Accepted after a minute.
    Slow,
}

/// The fate of a card, by its masked number. A card that no document names is accepted (L).
pub(crate) fn fate(masked: &str) -> Fate {
    match masked {
        "49111111-1113" => Fate::DeniedByBank,
        "46111111-1116" => Fate::DeniedByFraudDetection,
        "40240071-5022" => Fate::Slow,
        "41111111-1111" | "51101111-1119" | "55101111-1115" => Fate::Challenged,
        _ => Fate::Accepted,
    }
}

/// First eight and last four digits of a card number; `None` if it is none.
pub(crate) fn mask(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(|c| *c != ' ').collect();
    let is_card = (13..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_card.then(|| format!("{}-{}", &digits[..8], &digits[digits.len() - 4..]))
}

/// The masked number that a token begins with.
pub(crate) fn of_token(token: &str) -> Option<&str> {
    let masked = token.get(..13)?;
    let (first, last) = masked.split_once('-')?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    (digits(first, 8) && digits(last, 4)).then_some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_and_tokens_tell_their_card() {
        assert_eq!(mask("4811 1111 1111 1114").as_deref(), Some("48111111-1114"));
        assert_eq!(mask("4811111111111114").as_deref(), Some("48111111-1114"));
        for bad in ["", "4811", "4811-1111-1111-1114", "48111111111111140000", "x811111111111114"] {
            assert_eq!(mask(bad), None, "{bad}");
        }
        let token = "48111111-1114-0d0f5a0e-2a5b-4d6e-8f55-3f7e0f0a1c11";
        assert_eq!(of_token(token), Some("48111111-1114"));
        for bad in ["", "481111-1114-x", "48111111-111", "é8111111-1114-x", "48111111x1114-x"] {
            assert_eq!(of_token(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_documented_cards() {
        let fates = [
            ("4811 1111 1111 1114", Fate::Accepted),
            ("5211 1111 1111 1117", Fate::Accepted),
            ("4911 1111 1111 1113", Fate::DeniedByBank),
            ("4611 1111 1111 1116", Fate::DeniedByFraudDetection),
            ("4024 0071 7626 5022", Fate::Slow),
            ("4111 1111 1111 1111", Fate::Challenged),
            ("5110 1111 1111 1119", Fate::Challenged),
            ("5510 1111 1111 1115", Fate::Challenged),
        ];
        for (number, expected) in fates {
            assert_eq!(fate(&mask(number).unwrap()), expected, "{number}");
        }
    }
}
