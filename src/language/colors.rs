//! Colours by their CSS names, as Blender wants them: linear. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

static NAMED: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(include_str!("data/colors.json")).unwrap_or_default());

/// One channel of sRGB, to four decimals.
#[must_use]
pub fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    let linear = if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
    (linear * 1e4).round() / 1e4
}

/// The linear colour of a CSS name.
#[must_use]
pub fn named(name: &str) -> Option<[f64; 3]> {
    let hex = NAMED.get(name)?;
    let channel = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok().map(linear);
    Some([channel(1)?, channel(3)?, channel(5)?])
}

#[cfg(test)]
mod tests {
    #[test]
    fn css_names_are_linear() {
        assert_eq!(super::named("red"), Some([1.0, 0.0, 0.0]));
        assert_eq!(super::named("orange"), Some([1.0, 0.3763, 0.0]));
        assert_eq!(super::named("no such colour"), None);
    }
}
