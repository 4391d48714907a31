//! When a look is done, whatever any clock says.

use super::*;

fn job(id: &str, run_at: &str) -> JobDto {
    JobDto {
        id: id.to_owned(),
        kind: "gateway.check_status".to_owned(),
        target: "t".to_owned(),
        run_at: run_at.to_owned(),
        leased_until: None,
        attempts: 0,
        last_error: None,
    }
}

fn held(job: JobDto) -> JobDto {
    JobDto { leased_until: Some("x".to_owned()), attempts: job.attempts + 1, ..job }
}

fn failed(job: &JobDto, run_at: &str) -> JobDto {
    let last_error = Some("away".to_owned());
    JobDto { leased_until: None, run_at: run_at.to_owned(), last_error, ..job.clone() }
}

fn reads(watch: &mut Watch, jobs: impl Into<Vec<JobDto>>) -> Looks {
    watch.reads(&jobs.into()).unwrap()
}

fn failed_for(seconds: i64) -> Looks {
    Looks::Failed(Some(SignedDuration::from_secs(seconds)), "away".to_owned())
}

/// The database may be years away from us: its times are compared with each other alone.
const AGO: &str = "1999-03-01T10:00:00Z";
const AHEAD: &str = "2999-03-01T10:00:00Z";

#[test]
fn a_look_is_done_once_its_job_is_gone_and_not_before() {
    for due in [AGO, AHEAD] {
        let mut watch = Watch::default();
        let other = JobDto { kind: "gateway.end_attempt".to_owned(), ..job("o", AGO) };
        assert_eq!(reads(&mut watch, [job("a", due), other.clone()]), Looks::Idle, "{due}");
        assert_eq!(reads(&mut watch, [held(job("a", due))]), Looks::AtWork);
        // It got hints meanwhile, and is taken up once more.
        assert_eq!(reads(&mut watch, [job("a", due)]), Looks::Idle);
        assert_eq!(reads(&mut watch, [held(job("a", due))]), Looks::AtWork);
        // The next one of the schedule came in the commit in which this one went.
        assert_eq!(reads(&mut watch, [job("b", AHEAD), other]), Looks::Done);
    }
    assert_eq!(reads(&mut Watch::default(), []), Looks::Done);
}

#[test]
fn every_attempt_has_a_job_of_its_own() {
    let mut watch = Watch::default();
    assert_eq!(reads(&mut watch, [job("a", AGO), job("b", AGO)]), Looks::Idle);
    assert_eq!(reads(&mut watch, [held(job("a", AGO)), job("b", AGO)]), Looks::AtWork);
    assert_eq!(reads(&mut watch, [job("b", AGO)]), Looks::Idle);
    assert_eq!(reads(&mut watch, []), Looks::Done);
}

#[test]
fn a_failure_counts_if_it_came_since_the_order() {
    let (due, later) = ("2026-03-01T10:00:00Z", "2026-03-01T10:00:15Z");
    // It failed before; ordered again it is due, and nobody is at it yet.
    let before = failed(&JobDto { attempts: 3, ..job("a", due) }, due);
    let mut watch = Watch::default();
    assert_eq!(reads(&mut watch, [before.clone()]), Looks::Idle);
    let works = held(before.clone());
    assert_eq!(reads(&mut watch, [works.clone()]), Looks::AtWork);
    assert_eq!(reads(&mut watch, [failed(&works, later)]), failed_for(15));
    assert_eq!(reads(&mut watch, [failed(&works, later)]), failed_for(15), "and stays so");
    assert_eq!(reads(&mut watch, [held(works.clone())]), Looks::AtWork, "it is tried again");
    // Nobody saw it at work.
    let mut watch = Watch::default();
    reads(&mut watch, [before]);
    assert_eq!(reads(&mut watch, [failed(&works, later)]), failed_for(15));
}

#[test]
fn the_failure_of_one_is_told_when_nothing_else_is_owed() {
    let due = "2026-03-01T10:00:00Z";
    let (a, b) = (held(job("a", due)), job("b", due));
    let mut watch = Watch::default();
    reads(&mut watch, [a.clone(), b.clone()]);
    let a = failed(&a, "2026-03-01T10:00:02Z");
    assert_eq!(reads(&mut watch, [a.clone(), b]), Looks::Idle);
    assert_eq!(reads(&mut watch, [a]), failed_for(2));
}

/// The next one of the schedule, ordered too: how long it is due nobody saw.
#[test]
fn when_a_look_is_tried_again_may_be_unknown() {
    let next = job("a", "2026-03-01T10:03:00Z");
    let mut watch = Watch::default();
    reads(&mut watch, [next.clone()]);
    let ran = failed(&JobDto { attempts: 1, ..next }, "2026-03-01T10:00:15Z");
    assert_eq!(reads(&mut watch, [ran]), Looks::Failed(None, "away".to_owned()));
}
