//! Text from outside, parsed once at the edge: bounded names, e-mail addresses, phone numbers.
//!
//! What is personal hides itself in `Debug`, so that no log line can show it by accident.

use std::fmt;

/// Text that is not what its type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or only white space.
    #[error("must not be empty")]
    Empty,
    /// Too many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Control characters, among them NUL, CR and LF.
    #[error("must not contain control characters")]
    Control,
    /// No address that SMTP would take.
    #[error("is not an e-mail address")]
    Email,
    /// No phone number.
    #[error("is not a phone number: use digits, optionally after '+'")]
    Phone,
}

/// 1 to `MAX` characters without control characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Parses text.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let trimmed = text.trim_matches(' ');
        if trimmed.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        if trimmed.chars().all(char::is_whitespace) {
            return Err(TextError::Empty);
        }
        if trimmed.chars().count() > MAX {
            return Err(TextError::TooLong(MAX));
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's name: up to 120 characters, hidden in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(Text<120>);

impl PersonName {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        Text::parse(text).map(Self)
    }

    /// The name itself; not for logs.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An e-mail address: ASCII, `local@domain.tld`, no quoting, no comments. Masked in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses an address. Stricter than RFC 5321: what it refuses nobody uses for shopping, and
    /// nothing it takes can break a mail header.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let (local, domain) = text.rsplit_once('@').ok_or(TextError::Email)?;
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
        let local_ok = (1..=64).contains(&local.len())
            && local.bytes().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let domain_ok =
            domain.len() <= 190 && domain.contains('.') && domain.split('.').all(label_ok);
        if local_ok && domain_ok { Ok(Self(text.to_owned())) } else { Err(TextError::Email) }
    }

    /// The address itself; not for logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or(("", ""));
        write!(f, "{}***@{domain}", local.get(..1).unwrap_or_default())
    }
}

/// A phone number: 6 to 15 digits, perhaps after `+`; spaces and hyphens are dropped. Masked in
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Parses a number.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = compact.strip_prefix('+').unwrap_or(&compact);
        let legal = (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if legal { Ok(Self(compact)) } else { Err(TextError::Phone) }
    }

    /// The number itself; not for logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "***{}", self.0.get(self.0.len() - 3..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_bounded_and_plain() {
        assert_eq!(Text::<5>::parse(" Budi ").unwrap().as_str(), "Budi");
        assert_eq!(Text::<5>::parse("Bu\0di"), Err(TextError::Control));
        assert_eq!(Text::<5>::parse("a\r\nb"), Err(TextError::Control));
        assert_eq!(Text::<5>::parse("  "), Err(TextError::Empty));
        assert_eq!(Text::<5>::parse("éééééé"), Err(TextError::TooLong(5)));
        assert!(Text::<5>::parse("ééééé").is_ok());
    }

    #[test]
    fn an_address_cannot_carry_a_header() {
        for good in ["budi@example.com", "a.b+c@sub.example.co.id", "x_1@a-b.id"] {
            assert_eq!(Email::parse(good).unwrap().reveal(), good);
        }
        for bad in [
            "",
            "a",
            "@b.id",
            "a@",
            "a@b",
            "a@b.id\r\nBcc: x@evil.id",
            "a b@c.id",
            "a@b..id",
            "a@-b.id",
            ".a@b.id",
            "a@b.id ",
            "Budi <a@b.id>",
            "a@b@c.id\n",
            "ä@b.id",
        ] {
            assert_eq!(Email::parse(bad), Err(TextError::Email), "{bad:?}");
        }
    }

    #[test]
    fn what_is_personal_hides_in_debug() {
        assert_eq!(format!("{:?}", Email::parse("budi@example.com").unwrap()), "b***@example.com");
        assert_eq!(format!("{:?}", Phone::parse("+62 812-3456-7890").unwrap()), "***890");
        assert_eq!(format!("{:?}", PersonName::parse("Budi").unwrap()), "***");
    }

    #[test]
    fn a_phone_number_is_digits() {
        assert_eq!(Phone::parse("0812 3456 789").unwrap().reveal(), "08123456789");
        for bad in ["", "12345", "++62812345678", "0812x345678", "1234567890123456"] {
            assert_eq!(Phone::parse(bad), Err(TextError::Phone), "{bad:?}");
        }
    }
}
