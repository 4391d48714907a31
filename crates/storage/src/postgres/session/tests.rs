//! Where a database is: what a URL may say, and what is never said of it.

use super::*;

fn mode(url: &str) -> SslMode {
    PostgresUrl::parse(url).unwrap().0.get_ssl_mode()
}

#[test]
fn only_this_machine_is_spoken_to_in_the_clear_unless_asked() {
    for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "%2Frun%2Fpostgresql"] {
        assert_eq!(mode(&format!("postgres://u:p@{host}/d")), SslMode::Disable, "{host}");
    }
    for host in ["db.example.com", "10.0.0.7", "localhost.example.com", "localhost,db"] {
        assert_eq!(mode(&format!("postgres://u:p@{host}/d")), SslMode::Require, "{host}");
    }
}

#[test]
fn what_is_asked_for_is_taken() {
    for (asked, mode_then) in [
        ("disable", SslMode::Disable),
        ("require", SslMode::Require),
        ("verify-full", SslMode::Require),
    ] {
        let url = format!("postgresql://u:p@db.example.com:5433/d?sslmode={asked}");
        assert_eq!(mode(&url), mode_then, "{asked}");
    }
    let url = PostgresUrl::parse("postgres://u:p@db.example.com:5433/d").unwrap();
    assert_eq!((url.user(), url.database(), &*url.host()), ("u", "d", "db.example.com:5433"));
    let usual = PostgresUrl::parse("postgres://u@db.example.com/d").unwrap();
    assert_eq!(usual.host(), "db.example.com:5432");
}

#[test]
fn what_is_no_url_is_refused_without_being_repeated() {
    for url in [
        "",
        "secret",
        "mysql://u:secret@h/d",
        "postgres://u:secret@h:port/d",
        "postgres://u:secret@h/d?sslmode=secret",
        "postgres://u:p@secret@h/d",
        "postgres://:secret@h/d",
        "postgres://u:secret@h",
        "postgres://u:secret@h/",
        "postgres:///d?user=u&password=secret",
        "host=h user=u password=secret dbname=d",
    ] {
        let error = PostgresUrl::parse(url).expect_err(url);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn a_password_is_not_shown() {
    let url = PostgresUrl::parse("postgres://u:secret@db.example.com/d").unwrap();
    let shown = format!("{url:?} {url:#?}");
    assert!(!shown.contains("secret") && shown.contains("db.example.com"), "{shown}");
}
