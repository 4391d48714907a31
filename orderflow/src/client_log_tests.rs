//! What a client log keeps, what a killed writer leaves, and what cannot be read.

use super::*;

fn line(attempt: u32, outcome: Outcome) -> Line {
    Line {
        at: "2026-03-01T10:00:00Z".parse().unwrap(),
        run: "A1B2C3".to_owned(),
        key: "demo-A1B2C3-7".to_owned(),
        reference: "DEMO-A1B2C3-000007".to_owned(),
        body_sha256: "00".repeat(32),
        amount: 185_000,
        currency: "IDR".to_owned(),
        lines_digest: "11".repeat(32),
        email: "budi.santoso@example.com".to_owned(),
        attempt,
        outcome,
        status: (outcome == Outcome::Acked).then_some(201),
        order_id: None,
    }
}

fn all(path: &Path) -> Vec<Line> {
    read(path).unwrap().map(Result::unwrap).collect()
}

async fn note(path: &Path, lines: &[Line]) {
    let log = Log::open(path).unwrap();
    for line in lines {
        log.note(line).await.unwrap();
    }
    log.close().await.unwrap();
}

#[tokio::test]
async fn what_was_noted_is_read_again_and_a_second_run_is_put_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.jsonl");
    let lines = [line(1, Outcome::Sent), line(1, Outcome::Acked), line(2, Outcome::Unknown)];
    note(&path, &lines[..2]).await;
    note(&path, &lines[2..]).await;
    assert_eq!(all(&path), lines);
}

#[tokio::test]
async fn a_torn_last_line_is_passed_over_and_cut_off_by_the_next_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.jsonl");
    note(&path, &[line(1, Outcome::Sent)]).await;
    let torn = || {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"at":"2026-03"#).unwrap();
    };
    torn();
    assert_eq!(all(&path), [line(1, Outcome::Sent)]);
    note(&path, &[line(1, Outcome::Unknown)]).await;
    assert_eq!(all(&path), [line(1, Outcome::Sent), line(1, Outcome::Unknown)]);
}

#[test]
fn a_line_that_cannot_be_read_is_named_by_file_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.jsonl");
    let good = serde_json::to_string(&line(1, Outcome::Sent)).unwrap();
    std::fs::write(&path, format!("{good}\n{{\"at\":7}}\n{good}\n")).unwrap();
    let read: Vec<_> = read(&path).unwrap().collect();
    assert_eq!(read.len(), 3);
    assert!(read[0].is_ok() && read[2].is_ok());
    let error = read[1].as_ref().unwrap_err().to_string();
    assert!(error.ends_with("clients.jsonl, line 2"), "{error}");
}

#[test]
fn a_line_says_in_words_how_far_the_request_is() {
    let text = serde_json::to_string(&line(1, Outcome::Acked)).unwrap();
    assert!(text.contains(r#""at":"2026-03-01T10:00:00Z""#), "{text}");
    assert!(text.contains(r#""outcome":"acked","status":201"#), "{text}");
    let statuses = [(201, Outcome::Acked), (409, Outcome::Refused), (429, Outcome::Unknown)];
    for (status, outcome) in statuses.into_iter().chain([(503, Outcome::Unknown)]) {
        assert_eq!(Outcome::of_status(status), outcome, "{status}");
    }
}

#[tokio::test]
async fn whoever_notes_learns_that_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Log::open(folder.path()).is_err(), "a folder is no log");
    let full = Path::new("/dev/full");
    if full.exists() {
        let log = Log { path: full.to_owned(), ..broken(full) };
        let _ = log.note(&line(1, Outcome::Sent)).await;
        assert!(log.close().await.is_err());
    }
}

/// A log on a device that is full; `open` would ask it for its length.
fn broken(device: &Path) -> Log {
    let file = OpenOptions::new().write(true).open(device).unwrap();
    let (lines, waiting) = mpsc::channel(1);
    let runtime = Handle::current();
    let writer = thread::spawn(move || write(file, waiting, &runtime));
    Log { lines, writer, clock: SteadyClock::of_this_machine(), path: device.to_owned() }
}

#[test]
fn what_is_no_log_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("garbage");
    let why = |path: &Path| format!("{:#}", read(path).err().expect("it is read"));
    for garbage in ["garbage", "garbage\n", "\n", "\u{1f}\u{8b}"] {
        std::fs::write(&path, garbage).unwrap();
        assert!(why(&path).contains("garbage is no client log"), "{}", why(&path));
    }
    assert!(why(folder.path()).contains("is a folder, and no client log"));
    assert!(why(&folder.path().join("nowhere")).contains("cannot be read"));
    std::fs::write(&path, "{\"an\":\"other\"}\n").unwrap();
    let error = read(&path).unwrap().next().unwrap().unwrap_err();
    assert!(format!("{error:#}").contains("line 1: it is no line of a client log"), "{error:#}");
    std::fs::write(&path, "").unwrap();
    assert_eq!(all(&path), []);
}
