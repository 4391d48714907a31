//! What becomes of an order of a run; and of which in a mix: shares, methods and ends as data. A number
//! has the same fate in every mix.

use order::models::OrderStatus;

/// The shares repeat after so many orders.
pub(super) const CYCLE: u32 = 10_000;
/// Spreads the fates over a cycle: has no divisor in common with `CYCLE - FATES`.
const STRIDE: u32 = 6_173;
/// How many fates there are. The first orders of a cycle have one each, so that a short run shows all.
const FATES: u32 = 12;

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fate {
    /// It is paid.
    Paid,
    /// The card is denied, then it is paid another way.
    DeniedFirst,
    /// A method is chosen, and nobody pays.
    Expired,
    /// The merchant calls it off before there is a page.
    CancelledAtOnce,
    /// The merchant calls it off before the customer has chosen.
    CancelledOnPage,
    /// The merchant calls it off while the gateway waits for the money.
    CancelledChosen,
    /// All the money goes back.
    Refunded,
    /// All of a card's money goes back before it settles: it is voided (midtrans.md 2.6).
    Voided,
    /// Half of the money goes back.
    HalfRefunded,
    /// The bank takes the money back.
    Reversed,
    /// The money comes after the end, and goes back.
    PaidLate,
    /// The money comes twice, and once goes back.
    PaidTwice,
}

/// One kind of order.
pub(super) struct Course {
    pub(super) fate: Fate,
    /// In words.
    pub(super) name: &'static str,
    /// How many of a cycle.
    pub(super) share: u32,
    /// Where it must end.
    pub(super) end: OrderStatus,
    /// The message that its customer must get at the end, once.
    pub(super) told: &'static str,
    /// The methods that can come to this end; any, if none is named.
    methods: &'static [&'static str],
}

/// All kinds, the rarest last.
pub(super) const COURSES: [Course; FATES as usize] = [
    course(Fate::Paid, 8_500, OrderStatus::Paid, &[]),
    course(Fate::DeniedFirst, 500, OrderStatus::Paid, NO_CARDS),
    course(Fate::Expired, 400, OrderStatus::Expired, NO_CARDS),
    course(Fate::CancelledAtOnce, 100, OrderStatus::Cancelled, &[]),
    course(Fate::CancelledOnPage, 100, OrderStatus::Cancelled, &[]),
    course(Fate::CancelledChosen, 100, OrderStatus::Cancelled, NO_CARDS),
    course(Fate::Refunded, 75, OrderStatus::Refunded, WALLETS),
    course(Fate::Voided, 25, OrderStatus::Cancelled, &[CARD]),
    course(Fate::HalfRefunded, 100, OrderStatus::PartiallyRefunded, WALLETS),
    course(Fate::Reversed, 34, OrderStatus::PaymentReversed, REVERSIBLE),
    course(Fate::PaidLate, 33, OrderStatus::Refunded, WALLETS),
    course(Fate::PaidTwice, 33, OrderStatus::Paid, WALLETS),
];

/// As the simulator names it.
pub(super) const CARD: &str = "credit_card";
/// Whose money can go back, in parts too (midtrans.md 2.6).
const WALLETS: &[&str] = &["qris", "gopay"];
/// Whose money a bank can take back (midtrans.md 3.3).
const REVERSIBLE: &[&str] = &["permata_va", "echannel", "indomaret"];
/// What leaves the customer time between the choice and the payment.
const NO_CARDS: &[&str] = &["qris", "bca_va", "gopay", "echannel", "bri_va", "alfamart"];

/// How customers pay, in a hundred. An estimate of an Indonesian shop's customers.
const METHODS: [(&str, u32); 10] = [
    ("qris", 42),
    ("gopay", 13),
    ("bca_va", 13),
    ("bri_va", 6),
    ("echannel", 6),
    (CARD, 6),
    ("bni_va", 4),
    ("indomaret", 4),
    ("alfamart", 4),
    ("permata_va", 2),
];

impl Fate {
    /// The fate of the `n`-th order of a run. Exact over a cycle.
    pub(super) fn of(n: u32) -> Self {
        let place = n % CYCLE;
        if let Some(first) = COURSES.iter().zip(0..).find(|(_, at)| *at == place) {
            return first.0.fate;
        }
        let rest = CYCLE - FATES;
        let mut slot = (place - FATES) * STRIDE % rest;
        for course in &COURSES {
            match slot.checked_sub(course.share - 1) {
                Some(further) => slot = further,
                None => return course.fate,
            }
        }
        Self::Paid
    }

    /// What is known of it.
    pub(super) fn course(self) -> &'static Course {
        let mut all = COURSES.iter();
        all.find(|course| course.fate == self).expect("the table has a row for each fate")
    }
}

/// How the customer of the `n`-th order pays, as the simulator names it.
pub(super) fn method(n: u32) -> &'static str {
    // Apart from the fates, which go by `STRIDE`.
    let of_course = Fate::of(n).course().methods;
    if let Some(len) = u32::try_from(of_course.len()).ok().filter(|len| *len > 0) {
        let pick = usize::try_from(n / FATES % len).unwrap_or(0);
        return of_course[pick];
    }
    let mut slot = (n * 37 + n / 100) % 100;
    for (name, share) in METHODS {
        match slot.checked_sub(share) {
            Some(further) => slot = further,
            None => return name,
        }
    }
    METHODS[0].0
}

/// Whether the page shows a number, with which the customer goes elsewhere.
pub(super) fn is_paid_elsewhere(method: &str) -> bool {
    method.ends_with("_va") || matches!(method, "echannel" | "indomaret" | "alfamart")
}

/// Whether the customer clicks twice: the same request goes out twice at once, for one in a hundred.
pub(super) fn clicks_twice(n: u32) -> bool {
    n % 100 == 3
}

const fn course(
    fate: Fate,
    share: u32,
    end: OrderStatus,
    methods: &'static [&'static str],
) -> Course {
    let (name, told) = words(fate);
    Course { fate, name, share, end, told, methods }
}

/// Its name, and the last message.
const fn words(fate: Fate) -> (&'static str, &'static str) {
    match fate {
        Fate::Paid => ("paid", "paid"),
        Fate::DeniedFirst => ("denied, then paid", "paid"),
        Fate::Expired => ("never paid", "expired"),
        Fate::CancelledAtOnce => ("called off at once", "cancelled"),
        Fate::CancelledOnPage => ("called off on its page", "cancelled"),
        Fate::CancelledChosen => ("called off while paying", "cancelled"),
        Fate::Refunded => ("refunded", "refunded"),
        Fate::Voided => ("refunded before it settled", "cancelled"),
        Fate::HalfRefunded => ("half refunded", "partially_refunded"),
        Fate::Reversed => ("taken back by the bank", "reversed"),
        Fate::PaidLate => ("paid too late", "refunded"),
        Fate::PaidTwice => ("paid twice", "paid_twice"),
    }
}

#[cfg(test)]
#[path = "fate_tests.rs"]
mod tests;
