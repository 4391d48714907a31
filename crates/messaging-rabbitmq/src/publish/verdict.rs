//! What became of each unit of a round, from all of its confirms. Only the confirms of a whole
//! round may be judged: see [`super`].

use crate::config::NAME_BYTES_MAX;
use lapin::message::BasicReturnMessage;
use lapin::{Confirmation, PublisherConfirm};
use messaging::{Published, Unit};
use std::collections::HashSet;

/// What one confirm said.
#[derive(Debug, Default)]
pub(super) struct Answer {
    verdict: Verdict,
    /// Identity and routing key of the returned message that came along: of *some* unit.
    returned: Option<Returned>,
}

#[derive(Debug, Default)]
enum Verdict {
    Taken,
    Refused,
    #[default]
    Unsendable,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Returned {
    message_id: String,
    routing_key: String,
}

pub(super) async fn confirmed(confirm: Option<PublisherConfirm>) -> Result<Answer, lapin::Error> {
    let Some(confirm) = confirm else { return Ok(Answer::default()) };
    Ok(match confirm.await? {
        Confirmation::Ack(message) => {
            Answer { verdict: Verdict::Taken, returned: message.as_ref().map(identity) }
        }
        Confirmation::Nack(message) => {
            Answer { verdict: Verdict::Refused, returned: message.as_ref().map(identity) }
        }
        Confirmation::NotRequested => Answer { verdict: Verdict::Refused, returned: None },
    })
}

fn identity(message: &BasicReturnMessage) -> Returned {
    let message_id = message.properties.message_id().as_ref();
    Returned {
        message_id: message_id.map(ToString::to_string).unwrap_or_default(),
        routing_key: message.routing_key.to_string(),
    }
}

/// What became of each unit; `None` if a returned message is not among them. Two units with the
/// same identity and key share their fate: both are returned if one is.
pub(super) fn verdicts(units: &[Unit], mut answers: Vec<Answer>) -> Option<Vec<Published>> {
    let returned: HashSet<_> = answers.iter_mut().filter_map(|a| a.returned.take()).collect();
    let mut found = HashSet::new();
    let published = units.iter().zip(&answers).map(|(unit, answer)| {
        let identity = Returned {
            message_id: unit.message_id.to_string(),
            routing_key: unit.routing_key.clone(),
        };
        if returned.contains(&identity) {
            found.insert(identity);
            return Published::Returned;
        }
        match answer.verdict {
            Verdict::Taken => Published::Confirmed,
            Verdict::Refused => Published::Refused("the broker has no room for it".to_owned()),
            Verdict::Unsendable => {
                Published::Refused(format!("its routing key exceeds {NAME_BYTES_MAX} bytes"))
            }
        }
    });
    let published = published.collect();
    (found.len() == returned.len()).then_some(published)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;

    fn unit(n: u128, key: &str) -> Unit {
        Unit { routing_key: key.to_owned(), message_id: Uuid::from_u128(n), body: "{}".into() }
    }

    fn answer(verdict: Verdict, returned: Option<&Unit>) -> Answer {
        let returned = returned.map(|unit| Returned {
            message_id: unit.message_id.to_string(),
            routing_key: unit.routing_key.clone(),
        });
        Answer { verdict, returned }
    }

    #[test]
    fn a_return_is_told_by_its_identity_whatever_confirm_it_came_with() {
        let units: Vec<_> = (0..3).map(|n| unit(n, "k")).collect();
        for carrier in 0..3 {
            let answers = (0..3).map(|n| answer(Verdict::Taken, (n == carrier).then(|| &units[1])));
            let published = verdicts(&units, answers.collect()).unwrap();
            let expected = [Published::Confirmed, Published::Returned, Published::Confirmed];
            assert_eq!(published, expected, "carried by {carrier}");
        }
    }

    #[test]
    fn one_identity_twice_is_told_apart_by_its_key_or_shares_its_fate() {
        let units = [unit(1, "bound"), unit(1, "nowhere"), unit(2, "same"), unit(2, "same")];
        let answers = vec![
            answer(Verdict::Taken, Some(&units[1])),
            answer(Verdict::Taken, None),
            answer(Verdict::Taken, Some(&units[2])),
            answer(Verdict::Taken, None),
        ];
        let returned = Published::Returned;
        let expected = [Published::Confirmed, returned.clone(), returned.clone(), returned];
        assert_eq!(verdicts(&units, answers).unwrap(), expected);
    }

    #[test]
    fn a_refusal_is_of_its_own_unit_and_a_stray_return_leaves_no_verdict() {
        let units = [unit(1, "k"), unit(2, "k"), unit(3, "k")];
        let answers = |stray| {
            vec![
                answer(Verdict::Taken, None),
                answer(Verdict::Refused, None),
                answer(Verdict::Unsendable, stray),
            ]
        };
        let published = verdicts(&units, answers(None)).unwrap();
        assert_eq!(published[0], Published::Confirmed);
        assert!(published[1..].iter().all(|p| matches!(p, Published::Refused(_))));
        assert_eq!(verdicts(&units, answers(Some(&unit(9, "k")))), None);
    }
}
