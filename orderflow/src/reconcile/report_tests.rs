//! What is read, and what is refused: whole, and by its place.

use super::*;
use payment::models::GatewayStatus as S;

const HEADER: &str = "order_id,transaction_status,gross_amount";

fn read(text: impl AsRef<[u8]>, mappings: &[&str]) -> Result<Report, ReportError> {
    let mappings: Vec<Mapping> = mappings.iter().map(|m| m.parse().unwrap()).collect();
    parse("r.csv", text.as_ref(), &mappings)
}

/// Where it is refused, and why.
fn refused(text: impl AsRef<[u8]>) -> (Option<u64>, Option<String>, Problem) {
    let ReportError { file, line, column, problem } = read(text, &[]).unwrap_err();
    assert_eq!(file, "r.csv");
    (line, column, problem)
}

#[test]
fn the_simulators_own_report_is_read() {
    let text = "order_id,transaction_id,payment_type,transaction_status,gross_amount,\
                refund_amount,currency,transaction_time,settlement_time\n\
                a1,t1,qris,settlement,185000.00,0.00,IDR,2026-03-01 10:00:00,2026-03-01 10:07:31\n\
                a2,t2,gopay,PENDING,1.00,,IDR,2026-03-01 10:00:01,\n";
    let report = read(text, &[]).unwrap();
    assert_eq!(report.absent, []);
    let [first, second] = &report.rows[..] else { panic!("{report:?}") };
    let wanted = Row {
        line: Some(2),
        order_id: "a1".into(),
        transaction_id: Some("t1".into()),
        status: S::Settlement,
        fraud: None,
        gross: 185_000,
        refunded: Some(0),
        charged_back: None,
        currency: Some("IDR".into()),
        at: "2026-03-01T03:00:00Z".parse().ok(),
        settled_at: "2026-03-01T03:07:31Z".parse().ok(),
    };
    assert_eq!(first, &wanted);
    assert_eq!((second.line, second.status), (Some(3), S::Pending));
    assert_eq!((second.refunded, second.settled_at), (None, None));
}

#[test]
fn columns_have_other_names_and_others_beside_them() {
    let text =
        "\u{feff}Order-ID,Customer,Transaction Status,Amount\r\na1,\"Budi, S\",Settlement,5\r\n";
    let report = read(text, &["gross_amount=amount"]).unwrap();
    assert_eq!((&*report.rows[0].order_id, report.rows[0].gross), ("a1", 5));
    assert_eq!(report.absent.len(), 5);
    assert!(report.absent.contains(&Column::TransactionTime));
    assert_eq!(read(HEADER, &[]).unwrap().rows, []);
}

#[test]
fn a_header_without_what_is_needed_is_refused() {
    use Problem as P;
    let missing = |column, name: &str| P::NoColumn { column, name: name.to_owned() };
    assert_eq!(refused(""), (None, None, P::Empty));
    assert_eq!(refused("\n\n"), (None, None, P::Empty));
    let cases = [
        ("a1,settlement,5\n", missing(Column::OrderId, "order_id")),
        ("order_id,transaction_status\na1,expire\n", missing(Column::GrossAmount, "gross_amount")),
        ("order_id;transaction_status;gross_amount\n", P::Semicolons),
        ("order_id,transaction_status,gross_amount,Order ID\n", P::ColumnTwice("order_id".into())),
    ];
    for (text, problem) in cases {
        assert_eq!(refused(text), (Some(1), None, problem), "{text}");
    }
    let mapped = |mappings: &[&str]| read(HEADER, mappings).unwrap_err().problem;
    assert_eq!(mapped(&["currency=Curr"]), missing(Column::Currency, "Curr"));
    let twice = ["order_id=order_id", "order_id=id"];
    assert_eq!(mapped(&twice), P::MappedTwice(Column::OrderId));
    for bad in ["order_id", "=x", "colour=Red", "order_id= "] {
        assert!(bad.parse::<Mapping>().is_err(), "{bad}");
    }
}

#[test]
fn a_bad_cell_is_named_by_its_line_and_column_and_never_quoted() {
    use Problem as P;
    let amount = |text: &str| format!("{HEADER}\na1,expire,5\na2,expire,{text}\n");
    for bad in ["185000.50", "1e5", "-5", "", " ", "Rp5", "5,5", "NaN", "9223372036854775808"] {
        let text = if bad.contains(',') { amount(&format!("\"{bad}\"")) } else { amount(bad) };
        let wanted = (Some(3), Some("gross_amount".to_owned()), P::Amount);
        assert_eq!(refused(text), wanted, "{bad:?}");
    }
    let more = "order_id,transaction_status,gross_amount,refund_amount,transaction_time,transaction_id,currency";
    let long = "x".repeat(ID_MAX + 1);
    let cases = [
        (",expire,5,,,t,", "order_id", P::NoText),
        ("a\u{1b}[2J,expire,5,,,t,", "order_id", P::BadText),
        (&format!("{long},expire,5,,,t,"), "order_id", P::BadText),
        ("a,paid,5,,,t,", "transaction_status", P::Status),
        ("a,,5,,,t,", "transaction_status", P::Status),
        ("a,expire,5,0.5,,t,", "refund_amount", P::Amount),
        ("a,expire,5,,yesterday,t,", "transaction_time", P::Time),
        ("a,expire,5,,2026-02-30 10:00:00,t,", "transaction_time", P::Time),
        ("a,expire,5,,,,", "transaction_id", P::NoText),
        (&format!("a,expire,5,,,t,{long}"), "currency", P::BadText),
    ];
    for (line, column, problem) in cases {
        let error = read(format!("{more}\n{line}\n"), &[]).unwrap_err();
        let found = (error.line, error.column.as_deref(), &error.problem);
        assert_eq!(found, (Some(2), Some(column), &problem), "{line}");
    }
    let secret = read(amount("Budi Santoso"), &[]).unwrap_err().to_string();
    assert_eq!(
        secret,
        "r.csv, line 3, column gross_amount: it is no amount of whole rupiah, as 185000 or \
         185000.00; nothing was compared and nothing was done"
    );
}

#[test]
fn what_is_no_csv_of_ours_is_refused() {
    use Problem as P;
    let fields = |found| P::Fields { found, wanted: 3 };
    let row = |text: &str| format!("{HEADER}\na,expire,5\n{text}\n");
    assert_eq!(refused(row("b,expire")), (Some(3), None, fields(2)));
    assert_eq!(refused(row("b,expire,5,6")), (Some(3), None, fields(4)));
    // A quote that is not closed would swallow the rest of the rows.
    let text = format!("{HEADER},note\na,expire,5,\"oh\nb,expire,5,\n");
    assert_eq!(refused(text), (Some(2), Some("4".to_owned()), P::Lines));
    let latin = [HEADER.as_bytes(), b",note\na,expire,5,caf\xe9\n"].concat();
    assert_eq!(refused(latin), (Some(2), Some("4".to_owned()), P::Encoding));
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bom = [&[0xff, 0xfe][..], &utf16].concat();
    assert_eq!(refused(bom), (Some(1), Some("1".to_owned()), P::Encoding));
}

#[test]
fn what_has_no_end_is_refused() {
    let endless = std::iter::repeat_n(b"a,expire,5\n", ROWS_MAX + 1).flatten().copied();
    let text: Vec<u8> = HEADER.bytes().chain([b'\n']).chain(endless).collect();
    assert_eq!(refused(text).2, Problem::TooLong);
    // One field without an end, given piece by piece.
    let header = HEADER.as_bytes().chain(&b"\n\""[..]);
    let error = parse("r.csv", header.chain(std::io::repeat(b'x')), &[]).unwrap_err();
    assert_eq!((error.line, error.problem), (None, Problem::TooLarge));
    let missing = super::read(Path::new("/nowhere/r.csv"), &[]).unwrap_err();
    assert!(matches!(missing.problem, Problem::Unreadable(_)), "{missing}");
    let folder = super::read(Path::new("/"), &[]).unwrap_err();
    assert!(matches!(folder.problem, Problem::Unreadable(_)), "{folder}");
}
