//! Numbers as people write them: digits, fractions, kanji. Pure.

/// A number at the beginning of `text`, and how many bytes it takes; digits with a sign, decimals, an exponent, or a
/// fraction as `1/4`.
#[must_use]
pub fn digits(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    if matches!(bytes.first(), Some(b'-' | b'+')) {
        at = 1;
    } else if text.starts_with('−') {
        at = '−'.len_utf8();
    }
    let sign = if at > 0 && bytes[0] != b'+' { -1.0 } else { 1.0 };
    let begin = at;
    let run = |mut at: usize| {
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        at
    };
    at = run(at);
    let whole = at;
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at = run(at + 1);
    } else if whole == begin {
        return None;
    } else {
        // 1,000 is one number; 1,2 are two.
        while bytes.get(at) == Some(&b',') && run(at + 1) == at + 4 && whole - begin <= 3 {
            at += 4;
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let end = run(signed);
        if end > signed {
            at = end;
        }
    }
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        return None; // 1.2.3 is no number
    }
    let value: f64 = text[begin..at].replace(',', "").parse().ok()?;
    if bytes.get(at) == Some(&b'/') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        let end = run(at + 1);
        let below: f64 = text[at + 1..end].parse().ok()?;
        if below != 0.0 {
            return Some((sign * value / below, end));
        }
    }
    Some((sign * value, at))
}

fn digit_of(c: char) -> Option<f64> {
    Some(match c {
        '〇' | '零' => 0.0,
        '一' | '壱' => 1.0,
        '二' | '弐' | '两' | '兩' => 2.0,
        '三' | '参' => 3.0,
        '四' => 4.0,
        '五' => 5.0,
        '六' => 6.0,
        '七' => 7.0,
        '八' => 8.0,
        '九' => 9.0,
        _ => return None,
    })
}

/// A number in kanji at the beginning: 三十二, 百二十, 一点五, 二〇.
#[must_use]
pub fn kanji(text: &str) -> Option<(f64, usize)> {
    let (mut total, mut section, mut digit) = (0.0, 0.0, None::<f64>);
    let (mut taken, mut any) = (0, false);
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        if let Some(value) = digit_of(c) {
            digit = Some(digit.map_or(value, |before| before * 10.0 + value));
        } else if let Some(power) =
            [('十', 10.0), ('百', 100.0), ('千', 1000.0)].iter().find(|(each, _)| *each == c)
        {
            section += digit.take().unwrap_or(1.0) * power.1;
        } else if let Some(power) =
            [('万', 1e4), ('萬', 1e4), ('亿', 1e8), ('億', 1e8)].iter().find(|(each, _)| *each == c && any)
        {
            total += (section + digit.take().unwrap_or(0.0)) * power.1;
            section = 0.0;
        } else if (c == '点' || c == '點' || c == '・') && any {
            let rest = &text[at + c.len_utf8()..];
            let decimals: Vec<f64> = rest.chars().map_while(digit_of).collect();
            if decimals.is_empty() {
                break;
            }
            let mut value = total + section + digit.unwrap_or(0.0);
            for (place, decimal) in decimals.iter().enumerate() {
                value += decimal * 0.1_f64.powi(i32::try_from(place).unwrap_or(0) + 1);
            }
            let length: usize = rest.chars().take(decimals.len()).map(char::len_utf8).sum();
            return Some((value, at + c.len_utf8() + length));
        } else {
            break;
        }
        any = true;
        taken = at + c.len_utf8();
        chars.next();
    }
    any.then_some((total + section + digit.unwrap_or(0.0), taken))
}

/// To six decimals, without a negative zero.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    let value = (value * 1e6).round() / 1e6;
    if value == 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value, length) in [
            ("3", 3.0, 1),
            ("3.5m", 3.5, 3),
            (".5", 0.5, 2),
            ("-2 m", -2.0, 2),
            ("1,000 m", 1000.0, 5),
            ("1,2", 1.0, 1),
            ("1/4 turn", 0.25, 3),
            ("1e3", 1000.0, 3),
            ("2em", 2.0, 1),
            ("1e30m", 1e30, 4),
            ("3.", 3.0, 1),
        ] {
            assert_eq!(digits(text), Some((value, length)), "{text}");
        }
        assert_eq!(digits("m"), None);
        assert_eq!(digits("-"), None);
        assert_eq!(digits("1.2.3"), None);
        for (text, value, length) in [
            ("三十二", 32.0, 9),
            ("百二十枚", 120.0, 9),
            ("十", 10.0, 3),
            ("一点五米", 1.5, 9),
            ("二〇", 20.0, 6),
            ("两个", 2.0, 3),
            ("一万二千", 12_000.0, 12),
        ] {
            let (read, taken) = kanji(text).unwrap();
            assert!((read - value).abs() < 1e-9, "{text}: {read}");
            assert_eq!(taken, length, "{text}");
        }
        assert_eq!(kanji("万能"), None);
    }
}
