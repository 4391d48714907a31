//! The loop: load for many, decide each, commit together, decide the losers again.

use crate::{
    Aggregate, Answer, Change, Decision, Guard, Outcome, Recorded, Refusal, Store, StoreError,
    Version, Versioned,
};
use kernel::{Cause, Clock, Ids, Retryable};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How often a command that lost its race is decided again before it is given back as busy.
const TRIES_MAX: u32 = 16;

/// One input for one aggregate.
#[derive(Debug, Clone)]
pub struct Command<A: Aggregate, I> {
    /// The aggregate.
    pub id: A::Id,
    /// What to decide.
    pub input: I,
    /// Why.
    pub cause: Cause,
    /// What makes its effect happen once.
    pub guards: Vec<Guard>,
    /// What it is decided on at first. A command that lost is always decided on fresh state.
    pub basis: Basis<A>,
}

/// What a command is decided on at first.
#[derive(Debug, Clone)]
pub enum Basis<A> {
    /// Read it.
    Load,
    /// There is none: the aggregate is new with this command.
    New,
    /// It was read a moment ago. If it moved since, the command loses and is decided again.
    Known(Versioned<A>),
}

/// What became of one command that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executed<A> {
    /// Decided and durable; the aggregate as it is now (absent if it never came to exist).
    Done(Option<Versioned<A>>),
    /// An earlier copy of this input had its effect; the stored answer, if it was a request.
    AlreadyDone(Option<Answer>),
    /// The job's lease was taken over; nothing was written.
    Fenced,
}

/// Why one command had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The model said no.
    #[error(transparent)]
    Rejected(E),
    /// A guard said no, for good.
    #[error(transparent)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

struct Pending<A: Aggregate, I> {
    index: usize,
    command: Command<A, I>,
    tries: u32,
    /// Folded with others it did not go through, so it travels alone.
    alone: bool,
    /// Its effect is there under its natural key: only its guards are left to be recorded.
    taken: bool,
}

type Members<A, I> = Vec<Pending<A, I>>;

struct Folded<A: Aggregate, I> {
    change: Change<A>,
    members: Members<A, I>,
    after: Option<Versioned<A>>,
}

type Results<A, E> = [Option<Result<Executed<A>, ExecuteError<E>>>];

/// Executes many commands; answers in the order given.
///
/// Commands of one aggregate are folded, in the order given, into one change. A fold that a guard
/// stops is taken apart and its members tried one by one, so that a redelivered batch is handled
/// event by event and a bad command fails alone.
///
/// Where a consumed event ([`Guard::Event`]) meets a natural key that is taken, an earlier event
/// had this effect: its guards are recorded by themselves, since every event that was consumed
/// must be found in the inbox, and it is [`Executed::AlreadyDone`]. A request is refused instead.
pub async fn execute<A, I, E>(
    store: &(dyn Store<A> + '_),
    clock: &dyn Clock,
    ids: &dyn Ids,
    commands: Vec<Command<A, I>>,
    decide: impl Fn(Option<&A>, &I) -> Result<Decision<A>, E>,
) -> Vec<Result<Executed<A>, ExecuteError<E>>>
where
    A: Aggregate,
{
    let mut results: Vec<_> = commands.iter().map(|_| None).collect();
    let mut pending: Members<A, I> = commands
        .into_iter()
        .enumerate()
        .map(|(index, command)| Pending { index, command, tries: 0, alone: false, taken: false })
        .collect();
    while !pending.is_empty() {
        let loaded = match load(store, &pending).await {
            Ok(loaded) => loaded,
            Err(error) => {
                fail_all(&mut results, pending, &error);
                break;
            }
        };
        let (folds, waiting) = fold_all(pending, &loaded, clock, ids, &decide, &mut results);
        let (changes, members): (Vec<_>, Vec<_>) =
            folds.into_iter().map(|f| (f.change, (f.members, f.after))).unzip();
        let outcomes = store.commit(changes).await;
        pending = waiting;
        for ((members, after), outcome) in members.into_iter().zip(outcomes) {
            pending.extend(settle(members, after.as_ref(), &outcome, &mut results));
        }
        pending.sort_by_key(|p| p.index);
    }
    results.into_iter().map(|result| result.unwrap_or_else(no_outcome)).collect()
}

/// Executes one command, as [`execute`] does.
///
/// # Errors
///
/// Why it had no effect.
pub async fn execute_one<A, I, E>(
    store: &(dyn Store<A> + '_),
    clock: &dyn Clock,
    ids: &dyn Ids,
    command: Command<A, I>,
    decide: impl Fn(Option<&A>, &I) -> Result<Decision<A>, E>,
) -> Result<Executed<A>, ExecuteError<E>>
where
    A: Aggregate,
{
    execute(store, clock, ids, vec![command], decide).await.pop().unwrap_or_else(no_outcome)
}

fn no_outcome<A, E>() -> Result<Executed<A>, ExecuteError<E>> {
    Err(ExecuteError::Store(StoreError::Unavailable("no outcome came back".into())))
}

/// One read for all that have to be read.
async fn load<A: Aggregate, I>(
    store: &(dyn Store<A> + '_),
    pending: &[Pending<A, I>],
) -> Result<HashMap<A::Id, Versioned<A>>, StoreError> {
    let mut known = HashMap::new();
    let mut wanted = BTreeSet::new();
    for p in pending {
        match &p.command.basis {
            Basis::New if p.tries == 0 => {}
            Basis::Known(state) if p.tries == 0 => {
                known.insert(p.command.id, state.clone());
            }
            _ => {
                wanted.insert(p.command.id);
            }
        }
    }
    if !wanted.is_empty() {
        let wanted: Vec<A::Id> = wanted.into_iter().collect();
        known.extend(store.load(&wanted).await?);
    }
    Ok(known)
}

fn fail_all<A: Aggregate, I, E>(
    results: &mut Results<A, E>,
    pending: Members<A, I>,
    error: &StoreError,
) {
    for p in pending {
        results[p.index] = Some(Err(ExecuteError::Store(error.clone())));
    }
}

/// Folds what may travel together; gives back what has to wait for the next round.
fn fold_all<A: Aggregate, I, E>(
    pending: Members<A, I>,
    loaded: &HashMap<A::Id, Versioned<A>>,
    clock: &dyn Clock,
    ids: &dyn Ids,
    decide: &impl Fn(Option<&A>, &I) -> Result<Decision<A>, E>,
    results: &mut Results<A, E>,
) -> (Vec<Folded<A, I>>, Members<A, I>) {
    let mut by_id: BTreeMap<A::Id, Vec<Pending<A, I>>> = BTreeMap::new();
    for p in pending {
        by_id.entry(p.command.id).or_default().push(p);
    }
    let mut folds = Vec::with_capacity(by_id.len());
    let mut waiting = Vec::new();
    for (id, group) in by_id {
        let (now, later) = travelling_together(group);
        waiting.extend(later);
        let (change, after) = begin(id, loaded.get(&id), clock, ids);
        let mut fold = Folded { change, members: Vec::with_capacity(now.len()), after };
        for p in now {
            if p.taken {
                fold.add(Decision::nothing(), p);
                continue;
            }
            match decide(fold.after.as_ref().map(|v| &v.state), &p.command.input) {
                Ok(decision) => fold.add(decision, p),
                Err(error) => results[p.index] = Some(Err(ExecuteError::Rejected(error))),
            }
        }
        if !fold.members.is_empty() {
            folds.push(fold);
        }
    }
    (folds, waiting)
}

/// The first member alone if it must travel alone, else all up to the first that must.
fn travelling_together<A: Aggregate, I>(
    mut group: Members<A, I>,
) -> (Members<A, I>, Members<A, I>) {
    let together = group.iter().position(|p| p.alone).unwrap_or(group.len());
    let later = group.split_off(together.max(1));
    (group, later)
}

fn begin<A: Aggregate>(
    id: A::Id,
    loaded: Option<&Versioned<A>>,
    clock: &dyn Clock,
    ids: &dyn Ids,
) -> (Change<A>, Option<Versioned<A>>) {
    let change = Change {
        write_id: ids.uuid(),
        id,
        expected: loaded.map_or(Version::default(), |v| v.version),
        state: None,
        facts: Vec::new(),
        jobs: Vec::new(),
        guards: Vec::new(),
        at: clock.now(),
    };
    (change, loaded.cloned())
}

impl<A: Aggregate, I> Folded<A, I> {
    fn add(&mut self, decision: Decision<A>, mut member: Pending<A, I>) {
        let cause = &member.command.cause;
        let record = |fact| Recorded { fact, cause: cause.clone() };
        self.change.facts.extend(decision.facts.into_iter().map(record));
        let order = |job| Recorded { fact: job, cause: cause.clone() };
        self.change.jobs.extend(decision.jobs.into_iter().map(order));
        self.change.guards.extend(member.command.guards.iter().cloned());
        if let Some(state) = decision.state {
            let version = self.change.expected.after(self.change.facts.len());
            self.change.state = Some(state.clone());
            self.after = Some(Versioned { version, state });
        }
        member.tries += 1;
        self.members.push(member);
    }
}

/// Records the results of one fold; gives back the members to decide again.
fn settle<A: Aggregate, I, E>(
    mut members: Members<A, I>,
    after: Option<&Versioned<A>>,
    outcome: &Outcome,
    results: &mut Results<A, E>,
) -> Members<A, I> {
    let folded = members.len() > 1;
    if let ([only], Outcome::Refused(Refusal::Taken(_))) = (members.as_mut_slice(), outcome)
        && !only.taken
        && only.command.guards.iter().any(|guard| matches!(guard, Guard::Event { .. }))
    {
        (only.taken, only.alone) = (true, true);
        return members;
    }
    let again = match outcome {
        Outcome::Lost => true,
        Outcome::AlreadyDone(_) | Outcome::Refused(_) | Outcome::Fenced => folded,
        Outcome::Failed(error) => folded && !error.is_transient(),
        Outcome::Done => false,
    };
    let exhausted = members.iter().any(|m| m.tries >= TRIES_MAX);
    if again && !exhausted {
        let alone = *outcome != Outcome::Lost;
        members.iter_mut().for_each(|m| m.alone |= alone);
        return members;
    }
    for member in members {
        results[member.index] = Some(match outcome.clone() {
            Outcome::Done if member.taken => Ok(Executed::AlreadyDone(None)),
            Outcome::Done => Ok(Executed::Done(after.cloned())),
            Outcome::AlreadyDone(answer) => Ok(Executed::AlreadyDone(answer)),
            Outcome::Fenced => Ok(Executed::Fenced),
            Outcome::Refused(refusal) => Err(ExecuteError::Refused(refusal)),
            Outcome::Failed(error) => Err(ExecuteError::Store(error)),
            Outcome::Lost => Err(ExecuteError::Store(StoreError::Unavailable(
                "the aggregate changes faster than it can be decided".into(),
            ))),
        });
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
