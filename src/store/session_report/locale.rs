//! The document's own words in each language, and durations as people say them. Plain data.

/// The language of the headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

impl Language {
    /// By the setting's value: `en` or `ja`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "ja" { Self::Japanese } else { Self::English }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Japanese => &JAPANESE,
        }
    }
}

/// `{}` is where the number, the time or the name goes.
pub struct Words {
    pub title: &'static str,
    pub created: &'static str,
    pub last_used: &'static str,
    pub closed: &'static str,
    pub later: &'static str,
    pub operations: &'static str,
    pub of_them_failed: &'static str,
    pub in_blender: &'static str,
    pub only_the_last: &'static str,
    pub commands: &'static str,
    pub quote: &'static str,
    pub comma: &'static str,
    pub operation: &'static str,
    pub operations_from_to: &'static str,
    pub blender_operations: &'static str,
    pub nothing: &'static str,
    pub success: &'static str,
    pub failed: &'static str,
    pub in_all: &'static str,
    pub more: &'static str,
    pub more_lines: &'static str,
    pub final_state: &'static str,
    second: &'static str,
    minute: &'static str,
    hour: &'static str,
    day: &'static str,
}

const ENGLISH: Words = Words {
    title: "Design document of session {}",
    created: "Created",
    last_used: "Last used",
    closed: "Closed",
    later: " (after {})",
    operations: "Operations",
    of_them_failed: "{} failed",
    in_blender: "{} in Blender",
    only_the_last: "Only the last {} operations are listed.",
    commands: "Commands",
    quote: "“{}”",
    comma: ", ",
    operation: "operation {}",
    operations_from_to: "operations {}–{}",
    blender_operations: "Blender operations",
    nothing: "None.",
    success: "success",
    failed: "failed",
    in_all: "{} in all",
    more: "… {} more …",
    more_lines: "… {} more lines",
    final_state: "Final state",
    second: "{} s",
    minute: "{} min",
    hour: "{} h",
    day: "{} d",
};

const JAPANESE: Words = Words {
    title: "セッション {} の設計書",
    created: "作成日時",
    last_used: "最終使用",
    closed: "終了日時",
    later: "（{}後）",
    operations: "操作数",
    of_them_failed: "{} 件失敗",
    in_blender: "Blender での実行時間 {}",
    only_the_last: "最後の {} 件の操作のみを記載しています。",
    commands: "コマンド",
    quote: "「{}」",
    comma: "、",
    operation: "操作 {}",
    operations_from_to: "操作 {}–{}",
    blender_operations: "Blender の操作",
    nothing: "なし",
    success: "成功",
    failed: "失敗",
    in_all: "合計 {}",
    more: "… ほか {} 件 …",
    more_lines: "… ほか {} 行",
    final_state: "最終状態",
    second: "{} 秒",
    minute: "{} 分",
    hour: "{} 時間",
    day: "{} 日",
};

impl Words {
    /// A duration with the precision that people care for.
    pub fn seconds(&self, seconds: f64) -> String {
        let with = |unit: &str, number: String| unit.replace("{}", &number);
        let two = |large: &str, small: &str, whole: u64, size: u64| {
            let (first, rest) = (whole / size, whole % size);
            let first = with(large, first.to_string());
            if rest == 0 { first } else { format!("{first} {}", with(small, rest.to_string())) }
        };
        let whole = seconds.max(0.0).round() as u64;
        match seconds.max(0.0) {
            s if s < 0.000_95 => with("{} ms", format!("{:.1}", s * 1e3)),
            s if s < 0.9995 => with("{} ms", format!("{:.0}", s * 1e3)),
            s if s < 9.95 => with(self.second, format!("{s:.1}")),
            s if s < 59.5 => with(self.second, format!("{s:.0}")),
            s if s < 3599.5 => two(self.minute, self.second, whole, 60),
            s if s < 86_370.0 => two(self.hour, self.minute, (whole + 30) / 60, 60),
            _ => two(self.day, self.hour, (whole + 1800) / 3600, 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_people() {
        for (seconds, words) in [
            (-1.0, "0.0 ms"),
            (0.000_42, "0.4 ms"),
            (0.0123, "12 ms"),
            (0.9996, "1.0 s"),
            (1.449, "1.4 s"),
            (12.4, "12 s"),
            (59.6, "1 min"),
            (185.0, "3 min 5 s"),
            (3600.0, "1 h"),
            (7980.0, "2 h 13 min"),
            (86_399.0, "1 d"),
            (200_000.0, "2 d 8 h"),
        ] {
            assert_eq!(ENGLISH.seconds(seconds), words, "{seconds}");
        }
        assert_eq!(JAPANESE.seconds(185.0), "3 分 5 秒");
    }
}
