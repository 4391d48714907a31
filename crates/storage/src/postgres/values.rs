//! Values on their way to PostgreSQL.

/// A limit; PostgreSQL has no unsigned numbers.
pub fn bound(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

/// One column of a batch.
pub fn each<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
