//! A QR code as a picture.

use qrcode::{Color, QrCode};

/// Pixels of one module, and modules of white around the code.
const SCALE: usize = 8;
const QUIET: usize = 4;

/// A PNG of a text; `None` if it is too long for a code.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < modules);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| colors[y * modules + x] == Color::Dark)
    };
    let pixels: Vec<u8> = (0..side * side)
        .map(|at| if dark(at % side / SCALE, at / side / SCALE) { 0 } else { 255 })
        .collect();
    let mut png = Vec::new();
    let length = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut png, length, length);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_a_png_and_differs_by_text() {
        let (one, other) = (super::png("one").unwrap(), super::png("other").unwrap());
        assert!(one.starts_with(b"\x89PNG\r\n"));
        assert_ne!(one, other);
        assert!(super::png(&"x".repeat(5000)).is_none());
    }
}
