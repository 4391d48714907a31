//! From a decided change to its rows. What differs by service is a [`Recorder`].

use crate::{NewJob, TimelineEntry, Write};
use engine::{Aggregate, Change, Recorded, Version};
use kernel::{Cause, Ids, JobId, Timestamp, Uuid};
use messaging::OutgoingEvent;

/// How a service's changes become rows; implemented in its repository room.
pub trait Recorder<A: Aggregate> {
    /// The rows of the service's own tables.
    type Rows;

    /// The raw id of an aggregate.
    fn aggregate(id: A::Id) -> Uuid;

    /// The order that an aggregate is about.
    fn subject(id: A::Id, state: Option<&A>) -> Uuid;

    /// The rows that hold `state` once it is `version`.
    fn rows(state: A, expected: Version, version: Version) -> Self::Rows;

    /// Name and particulars (a JSON object, no personal data) of a fact.
    fn describe(fact: &A::Fact) -> (&'static str, String);

    /// The events that tell others of a fact; most facts have none, and no two are of one type.
    fn events(draft: FactDraft<'_, A>) -> impl IntoIterator<Item = OutgoingEvent>;

    /// Kind, target and earliest time of a job.
    fn job(job: &A::Job, at: Timestamp) -> (&'static str, Uuid, Timestamp);
}

/// One fact on its way to become events.
pub struct FactDraft<'a, A: Aggregate> {
    /// Where the events get their ids.
    pub ids: &'a dyn Ids,
    /// The aggregate after the whole change.
    pub state: &'a A,
    /// The fact.
    pub fact: &'a A::Fact,
    /// The aggregate's version at the fact.
    pub version: Version,
    /// Why.
    pub cause: &'a Cause,
    /// When.
    pub at: Timestamp,
}

/// Turns a change into its rows. Pure but for the ids it draws.
pub fn to_write<A: Aggregate, Rec: Recorder<A>>(
    change: Change<A>,
    ids: &dyn Ids,
) -> Write<Rec::Rows> {
    let Change { write_id, id, expected, state, facts, jobs, guards, at } = change;
    let version = expected.after(facts.len());
    let events = match &state {
        Some(state) => events::<A, Rec>(state, expected, &facts, at, ids),
        None => Vec::new(),
    };
    let job = |Recorded { fact, cause }: Recorded<A::Job>| {
        let (kind, target, run_at) = Rec::job(&fact, at);
        NewJob { id: JobId(ids.uuid()), kind, target, run_at, cause }
    };
    let entry = |Recorded { fact, cause }: Recorded<A::Fact>| {
        let (what, detail) = Rec::describe(&fact);
        TimelineEntry { what, detail, cause }
    };
    Write {
        id: write_id,
        aggregate: Rec::aggregate(id),
        subject: Rec::subject(id, state.as_ref()),
        expected,
        guards,
        timeline: facts.into_iter().map(entry).collect(),
        events,
        jobs: jobs.into_iter().map(job).collect(),
        rows: state.map(|state| Rec::rows(state, expected, version)),
        at,
    }
}

fn events<A: Aggregate, Rec: Recorder<A>>(
    state: &A,
    expected: Version,
    facts: &[Recorded<A::Fact>],
    at: Timestamp,
    ids: &dyn Ids,
) -> Vec<OutgoingEvent> {
    let mut events = Vec::new();
    for (index, recorded) in facts.iter().enumerate() {
        events.extend(Rec::events(FactDraft {
            ids,
            state,
            fact: &recorded.fact,
            version: expected.after(index + 1),
            cause: &recorded.cause,
            at,
        }));
    }
    events
}
