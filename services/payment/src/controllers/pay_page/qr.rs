//! A QR code as one path of an inline SVG: no image to fetch, no script.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// White around the code, in modules; scanners need four.
const QUIET: usize = 4;

/// A drawn code.
pub(super) struct Qr {
    /// Modules on a side, the white around included.
    pub(super) side: usize,
    /// The dark modules, a run of a row at a time: digits and path letters only.
    pub(super) path: String,
}

/// Draws a text; `None` if no code holds it.
pub(super) fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET)
                    .expect("a string takes any text");
            }
            x += run.max(1);
        }
    }
    Some(Qr { side: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paints the path back into modules.
    fn painted(qr: &Qr) -> Vec<Vec<bool>> {
        let mut modules = vec![vec![false; qr.side]; qr.side];
        for run in qr.path.split('M').skip(1) {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            modules[y][x..x + length].fill(true);
        }
        modules
    }

    #[test]
    fn the_path_paints_exactly_the_code_inside_its_quiet_zone() {
        let text = "00020101021226670016COM.NOBUBANK.WWW5204581253033605802ID6304A13F";
        let qr = draw(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let painted = painted(&qr);
        assert_eq!(qr.side, code.width() + 8);
        for y in 0..qr.side {
            for x in 0..qr.side {
                let inside = |n: usize| (4..qr.side - 4).contains(&n);
                let dark = inside(x) && inside(y) && code[(x - 4, y - 4)] == Color::Dark;
                assert_eq!(painted[y][x], dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn the_longest_text_that_is_kept_fits_and_a_monster_does_not() {
        assert!(draw(&"é".repeat(512)).is_some());
        assert!(draw(&"x".repeat(4000)).is_none());
    }
}
