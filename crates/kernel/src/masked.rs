//! Free text from outside made safe to keep and to show: without whom it names, as far as words and
//! numbers tell. For what is known to be an address or a number there are `Email` and `Phone`.

/// Digits in a row, as few as a telephone number has. Amounts in words have a point (`185000.00`),
/// and ids have letters.
const PHONE_DIGITS: usize = 9;

/// The text with `***` for each word that holds an address, of mail or of a page, and for each number
/// as long as a telephone's, though it be written in groups. A name in plain letters stays: nobody
/// can tell it from another word. White space and control characters become single spaces.
pub fn masked(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let (mut kept, mut at) = (Vec::with_capacity(words.len()), 0);
    while let Some(word) = words.get(at) {
        let group = group(&words[at..]);
        let digits: usize = words[at..at + group].iter().map(|word| digits(word)).sum();
        let personal = is_personal(word) || digits >= PHONE_DIGITS;
        kept.push(if personal { "***" } else { *word });
        at += if personal { group.max(1) } else { 1 };
    }
    kept.join(" ")
}

/// How many words from the first on are one number written in groups: `+62 812 3456 7890`.
fn group(words: &[&str]) -> usize {
    let mut length = 0;
    for word in words {
        let bare = word.trim_end_matches([',', ';', ':', '.', '!', '?']);
        if !is_number(bare) || is_amount(bare) {
            break;
        }
        length += 1;
        if bare.len() < word.len() {
            break;
        }
    }
    length
}

fn is_personal(word: &str) -> bool {
    let parts = word.split(|c: char| !(c.is_alphanumeric() || "+-().".contains(c)));
    let phone = |part: &str| {
        let bare = part.trim_end_matches('.');
        is_number(bare) && !is_amount(bare) && digits(bare) >= PHONE_DIGITS
    };
    word.contains('@') || word.contains("//") || parts.into_iter().any(phone)
}

fn is_number(word: &str) -> bool {
    digits(word) > 0 && word.chars().all(|c| c.is_ascii_digit() || "+-().".contains(c))
}

/// With a point before two last digits, and no other.
fn is_amount(word: &str) -> bool {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = word.split_once('.');
    parts.is_some_and(|(whole, cents)| all_digits(whole) && cents.len() == 2 && all_digits(cents))
}

fn digits(word: &str) -> usize {
    word.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_text_names_is_masked() {
        for (said, kept) in [
            ("email budi@example.com\nis bad", "email *** is bad"),
            ("see https://api.example/v2/t-1/status now", "see *** now"),
            ("phone +62-812-3456-7890, name", "phone *** name"),
            ("081234567890.", "***"),
            ("phone=081234567890", "***"),
            ("{\"phone\":\"081234567890\"}", "***"),
            ("phone_081234567890 x", "*** x"),
            ("call +62 812 3456 7890 now", "call *** now"),
            ("call (0812) 3456-7890, or +62 21 555 0123.", "call *** or ***"),
            ("0812.3456.7890", "***"),
            ("card 4811 1111 1111 1114", "card ***"),
        ] {
            assert_eq!(masked(said), kept);
        }
    }

    #[test]
    fn what_names_nobody_stays() {
        for said in [
            "",
            "settlement",
            "185000.00 is not 1000000000.00",
            "of 185000.00 1000000000.00 and 5000.00",
            "midtrans refused with http 400, code 400: transaction_details.gross_amount is not 185000",
            "0192f0c1-2b3c-7d4e-8f50-617283940a1b at 2026-11-22 05:04:00",
            "http 200, code 412",
        ] {
            assert_eq!(masked(said), said);
        }
        assert_eq!(masked("a\u{0}b\t\u{1b}c"), "a b c");
    }
}
