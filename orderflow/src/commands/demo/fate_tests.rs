//! Shares, methods and the spread of fates over a run.

use super::*;
use notification::models::Template;
use std::collections::HashMap;

fn counted<T: std::hash::Hash + Eq>(of: impl Iterator<Item = T>) -> HashMap<T, u32> {
    let mut counts = HashMap::new();
    for one in of {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

#[test]
fn shares_are_exact_over_ten_thousand_wherever_they_begin() {
    for start in [0, CYCLE, 3 * CYCLE] {
        let fates = counted((start..start + CYCLE).map(Fate::of));
        for course in &COURSES {
            assert_eq!(fates[&course.fate], course.share, "{:?}", course.fate);
        }
    }
    let of = |fates: &[Fate]| fates.iter().map(|fate| fate.course().share).sum::<u32>();
    use Fate as F;
    let wanted = [
        (of(&[F::Paid]), 8_500),
        (of(&[F::DeniedFirst]), 500),
        (of(&[F::Expired]), 400),
        (of(&[F::CancelledAtOnce, F::CancelledOnPage, F::CancelledChosen]), 300),
        (of(&[F::Refunded, F::Voided]), 100),
        (of(&[F::HalfRefunded]), 100),
        (of(&[F::Reversed, F::PaidLate, F::PaidTwice]), 100),
    ];
    for (share, issue) in wanted {
        assert_eq!(share, issue);
    }
}

#[test]
fn a_short_run_shows_every_fate() {
    let fates = counted((0..20).map(Fate::of));
    assert_eq!(fates.len(), COURSES.len());
}

/// No stretch of a run is without its rare orders.
#[test]
fn fates_are_spread_over_a_run() {
    for start in (0..CYCLE).step_by(1000) {
        let paid = (start..start + 1000).filter(|n| Fate::of(*n) == Fate::Paid).count();
        assert!((820..=880).contains(&paid), "{paid} of 1,000 from {start}");
    }
}

#[test]
fn methods_have_their_shares_and_can_come_to_the_end() {
    let free: Vec<&str> = (0..CYCLE).filter(|n| Fate::of(*n) == Fate::Paid).map(method).collect();
    let methods = counted(free.iter());
    for (name, share) in METHODS {
        let wanted = f64::from(share) * 85.0;
        let off = (f64::from(methods[&name]) - wanted).abs() / wanted;
        assert!(off < 0.15, "{name}: {} instead of {wanted}", methods[&name]);
    }
    for n in 0..CYCLE {
        let (fate, method) = (Fate::of(n), method(n));
        match fate {
            Fate::Voided => assert_eq!(method, CARD),
            Fate::Reversed => assert!(REVERSIBLE.contains(&method)),
            Fate::Refunded | Fate::HalfRefunded | Fate::PaidLate | Fate::PaidTwice => {
                assert!(WALLETS.contains(&method));
            }
            _ => {}
        }
    }
}

#[test]
fn every_course_is_told_in_a_message_that_there_is() {
    for course in &COURSES {
        assert!(course.told.parse::<Template>().is_ok(), "{}", course.told);
    }
}

#[test]
fn one_in_a_hundred_clicks_twice() {
    assert_eq!((0..CYCLE).filter(|n| clicks_twice(*n)).count(), 100);
    assert!((0..20).any(clicks_twice));
}
