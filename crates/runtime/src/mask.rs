//! Personal data made safe for logs and `Debug`: enough to recognise, too little to use.

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
    fn a_number_keeps_its_last_three_digits() {
        assert_eq!(mask_phone("+62 812-3456-7890"), "***890");
        assert_eq!(mask_phone("123456"), "***");
        assert_eq!(mask_phone("٣٤٥٦٧٨٩٠"), "***");
    }
}
