//! Tokens become clauses: a verb, and what stands about it, each part with its role. Pure.
//!
//! A role is told by a word before (English, Chinese) or behind (Japanese, Chinese) its part, so the order of parts does
//! not matter where a language does not make it matter. What is measured is put together here: `3`, `m`, `tall` is one
//! attribute.

use super::colors;
use super::languages::Language;
use super::lexicon::{Class, Lexicon};
use super::numbers::rounded;
use super::tokens::{Kind, Token};

#[derive(Clone, Debug, PartialEq)]
pub enum Attr {
    /// Metres; of which dimension, if that is said.
    Length(f64, Option<Box<str>>),
    /// Metres by metres.
    Sizes(Vec<f64>),
    /// Radians.
    Angle(f64),
    /// A plain number.
    Number(f64),
    /// So many of them, or of the dimension `rows`, `columns`.
    Count(f64, Box<str>),
    Ordinal(usize),
    Vector([f64; 3]),
    Color([f64; 3]),
    /// Times as much; of which dimension, if that is said.
    Factor(f64, Option<Box<str>>),
    /// More (or less) of a dimension, by metres if that is said.
    More(bool, Box<str>, Option<f64>),
    /// Rows by columns.
    Grid(f64, f64),
    /// A dimension or property that is only named.
    Named(Box<str>),
    Large(bool),
    Direction(Box<str>),
    Pattern(Box<str>),
    Axis(Box<str>),
    Side(Box<str>),
    Roof(Box<str>),
    Clockwise(bool),
    Material(Box<str>),
    Storeys(f64),
    Text(String),
    Question(Box<str>),
}

/// What the clause speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// it, them, the selection, everything
    Pronoun(Box<str>),
    /// Objects of the scene by name.
    Named(Vec<String>),
    /// A term, and the objects whose name is written the same.
    Term { id: Box<str>, names: Vec<String>, plural: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub subject: Subject,
    pub definite: bool,
    pub indefinite: bool,
    pub all: bool,
    pub role: usize,
    pub begin: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub attr: Attr,
    pub role: usize,
    pub begin: usize,
    pub end: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Clause {
    pub verbs: Vec<(Box<str>, usize, usize)>,
    pub heads: Vec<Head>,
    pub parts: Vec<Part>,
    /// The role of each segment: empty, `obj`, `to`, `rel:ON` …
    pub roles: Vec<Box<str>>,
    /// The bytes of each segment.
    pub spans: Vec<(usize, usize)>,
    /// What is not in the lexicon, with its segment.
    pub unknown: Vec<(usize, usize, usize)>,
    /// Where "and" and commas stand.
    pub joints: Vec<usize>,
    /// Ends with a word behind which something is missing.
    pub is_cut_off: bool,
    pub begin: usize,
    pub end: usize,
}

/// What a unit is worth: metres or radians, or what it counts.
enum Unit {
    Length(f64),
    Angle(f64),
    Factor(f64),
}

fn unit(name: &str, language: Language) -> Option<Unit> {
    let shaku = if language == Language::Ja { 10.0 / 33.0 } else { 1.0 / 3.0 };
    Some(match name {
        "m" => Unit::Length(1.0),
        "cm" => Unit::Length(0.01),
        "mm" => Unit::Length(0.001),
        "km" => Unit::Length(1000.0),
        "ft" => Unit::Length(0.3048),
        "in" => Unit::Length(0.0254),
        "shaku" => Unit::Length(shaku),
        "sun" => Unit::Length(shaku / 10.0),
        "ken" => Unit::Length(60.0 / 33.0),
        "deg" => Unit::Angle(std::f64::consts::PI / 180.0),
        "rad" => Unit::Angle(1.0),
        "turn" => Unit::Angle(std::f64::consts::TAU),
        "times" => Unit::Factor(1.0),
        "percent" => Unit::Factor(0.01),
        _ => return None,
    })
}

/// Splits the tokens where a new verb begins behind a separator, or, where verbs come last, behind each verb.
pub fn clauses(text: &str, tokens: &[Token], lexicon: &Lexicon) -> Vec<Clause> {
    split(tokens, lexicon.language).into_iter().map(|part| Reader::new(text, lexicon).read(part)).collect()
}

fn is_separator(token: &Token) -> bool {
    token.kind == Kind::Break || token.is(Class::And) || token.is(Class::Then)
}

fn split(tokens: &[Token], language: Language) -> Vec<&[Token]> {
    let verb = |token: &Token| token.is(Class::Verb);
    let has =
        |token: &Token, wanted: &[&str]| token.value(Class::Verb).is_some_and(|verb| wanted.contains(&verb));
    // A second verb that only says how the things of the first stand: 创建8个圆锥，排成圆圈.
    let only_arranges = |part: &[Token]| {
        let turned =
            part.iter().any(|token| token.is(Class::Link)) && part.iter().any(|token| token.is(Class::Term));
        part.iter().all(|token| !verb(token) || has(token, &["array"]) || turned && has(token, &["rotate"]))
            && !part.iter().any(|token| token.is(Class::Pronoun) || matches!(token.kind, Kind::Named(_)))
    };
    let mut out = Vec::new();
    let mut begin = 0;
    if language == Language::Ja {
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1);
            // 並べて作成 are two verbs of one clause; コピーを作る and 選択を have it as a noun.
            let goes_on = next.is_some_and(|next| {
                (has(token, &["array", "duplicate", "place", "rotate", "change"])
                    && has(next, &["make", "place", "array"]))
                    || has(next, &["please"])
                    || (has(token, &["stack"]) && has(next, &["stack"]))
                    || next.is(Class::After)
                    || next.is(Class::Link) && !next.is(Class::Skip)
            });
            if verb(token) && !goes_on {
                out.push(&tokens[begin..=at]);
                begin = at + 1;
            }
        }
        let rest = &tokens[begin..];
        let says_more =
            rest.iter().any(|token| token.is(Class::Term) || token.is(Class::Color) || token.is(Class::Unit));
        let last_begin = out.last().map_or(0, |last: &&[Token]| begin - last.len());
        let makes = out.last().is_some_and(|last| last.iter().any(|token| has(token, &["make", "please"])));
        if says_more && makes && !rest.iter().any(verb) {
            // 家がほしい、切妻屋根で: the rest belongs to what was asked for.
            out.pop();
            out.push(&tokens[last_begin..]);
        } else if out.is_empty() || rest.iter().any(|token| !is_separator(token) && !token.is(Class::Skip)) {
            // What only says how of the last clause: 何個ありますか.
            out.push(rest);
        }
    } else {
        for at in 1..tokens.len() {
            let before = &tokens[begin..at];
            if !is_separator(&tokens[at]) || !before.iter().any(verb) {
                continue;
            }
            let rest = &tokens[at..];
            let length = 1 + rest[1..].iter().position(is_separator).unwrap_or(rest.len() - 1);
            if rest[..length].iter().any(verb) && !only_arranges(&rest[..length]) {
                out.push(before);
                begin = at;
            }
        }
        out.push(&tokens[begin..]);
    }
    out.retain(|part| part.iter().any(|token| !is_separator(token)));
    out
}

struct Reader<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    clause: Clause,
    definite: bool,
    indefinite: bool,
    all: bool,
    minus: bool,
    shade: Option<Box<str>>,
    /// Something stands in this segment.
    any: bool,
    /// The clause has a verb for which left and right are sides of things.
    aligns: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, lexicon: &'a Lexicon) -> Self {
        let clause = Clause { roles: vec!["".into()], spans: vec![(usize::MAX, 0)], ..Clause::default() };
        Self {
            text,
            lexicon,
            clause,
            definite: false,
            indefinite: false,
            all: false,
            minus: false,
            shade: None,
            any: false,
            aligns: false,
        }
    }

    fn role(&self) -> usize {
        self.clause.roles.len() - 1
    }

    /// The segment that a token has been read into.
    fn role_of(&self, token: &Token) -> usize {
        let heads = self
            .clause
            .heads
            .iter()
            .rev()
            .take(2)
            .find(|head| head.begin == token.begin)
            .map(|head| head.role);
        let part = self
            .clause
            .parts
            .iter()
            .rev()
            .take(3)
            .find(|part| part.begin <= token.begin && token.end <= part.end);
        heads.or_else(|| part.map(|part| part.role)).unwrap_or_else(|| self.role())
    }

    fn open(&mut self, role: &str) {
        if self.any || !self.clause.roles[self.role()].is_empty() {
            self.clause.roles.push(role.into());
            self.clause.spans.push((usize::MAX, 0));
        } else {
            let at = self.role();
            self.clause.roles[at] = role.into();
        }
        self.any = false;
    }

    /// What follows a name in quotes is no part of it.
    fn close_name(&mut self) {
        if &*self.clause.roles[self.role()] == "name" {
            self.clause.roles.push("".into());
            self.clause.spans.push((usize::MAX, 0));
            self.any = false;
        }
    }

    fn part(&mut self, attr: Attr, begin: usize, end: usize) {
        let role = self.role();
        self.clause.parts.push(Part { attr, role, begin, end });
        self.any = true;
    }

    fn head(&mut self, subject: Subject, begin: usize, end: usize) {
        let role = self.role();
        let (definite, indefinite, all) = (self.definite, self.indefinite, self.all);
        (self.definite, self.indefinite, self.all) = (false, false, false);
        self.clause.heads.push(Head { subject, definite, indefinite, all, role, begin, end });
        self.any = true;
    }

    fn read(mut self, tokens: &[Token]) -> Clause {
        self.clause.begin = tokens.first().map_or(0, |token| token.begin);
        self.clause.end = tokens.last().map_or(0, |token| token.end);
        if let Some(first) = tokens.iter().find(|token| !is_separator(token)) {
            self.clause.begin = first.begin;
        }
        if let Some(last) = tokens.iter().rev().find(|token| !is_separator(token)) {
            self.clause.end = last.end;
        }
        self.aligns = tokens.iter().any(|token| token.value(Class::Verb) == Some("align"));
        let mut at = 0;
        while at < tokens.len() {
            let taken = self.token(tokens, at);
            for token in &tokens[at..at + taken] {
                let role = self.role_of(token);
                let span = &mut self.clause.spans[role];
                if !matches!(token.kind, Kind::Break) && !token.is(Class::Before) && !token.is(Class::After) {
                    *span = (span.0.min(token.begin), span.1.max(token.end));
                }
            }
            at += taken;
        }
        if std::mem::take(&mut self.all) {
            // "select all": all there is
            let end = self.clause.end;
            self.head(Subject::Pronoun("everything".into()), self.clause.begin, end);
        }
        let last = tokens.iter().rev().find(|token| token.kind != Kind::Break && !token.is(Class::Skip));
        self.clause.is_cut_off = last.is_some_and(|token| {
            token.is(Class::And) && !token.is(Class::After)
                || token.is(Class::Before) && !token.is(Class::After) && !token.is(Class::Direction)
        });
        self.clause.pair();
        self.clause
    }

    /// Reads the token at `at`, and those that belong to it; how many.
    fn token(&mut self, tokens: &[Token], at: usize) -> usize {
        let token = &tokens[at];
        let (begin, end) = (token.begin, token.end);
        match &token.kind {
            Kind::Break => {
                self.clause.joints.push(begin);
                return 1;
            }
            Kind::Unknown => {
                let role = self.role();
                self.clause.unknown.push((begin, end, role));
                self.any = true;
                return 1;
            }
            Kind::Number(value) => return 1 + self.number(*value, begin, tokens, at + 1),
            Kind::Vector(vector) => self.part(Attr::Vector(vector.map(rounded)), begin, end),
            Kind::Hex(color) => self.part(Attr::Color(*color), begin, end),
            Kind::Quoted(text) => {
                self.part(Attr::Text(text.clone()), begin, end);
                self.close_name();
            }
            Kind::Named(names) => {
                self.head(Subject::Named(names.clone()), begin, end);
                if self.text[begin..end].starts_with('"') {
                    self.close_name();
                }
            }
            Kind::Word(meanings) => {
                let meaning = self.meaning(tokens, at).unwrap_or(&meanings[0]);
                let (class, value) = (meaning.class, meaning.value.clone());
                return self.word(class, &value, tokens, at);
            }
        }
        1
    }

    /// Which of a word's meanings is meant here.
    fn meaning<'t>(&self, tokens: &'t [Token], at: usize) -> Option<&'t super::lexicon::Meaning> {
        let Kind::Word(meanings) = &tokens[at].kind else { return None };
        let is_grid = self.clause.parts.last().is_some_and(|part| {
            matches!(part.attr, Attr::Grid(..)) && at > 0 && part.end == tokens[at - 1].end
        });
        let after_number = at > 0
            && !is_grid
            && (matches!(tokens[at - 1].kind, Kind::Number(_)) || tokens[at - 1].is(Class::Number));
        let find = |class: Class| meanings.iter().find(|each| each.class == class);
        let next = tokens.get(at + 1);
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let next_is = |class: Class| next.is_some_and(|next| next.is(class));
        // the second floor; make it lower; duplicate what is selected
        if before.is_some_and(|token| token.is(Class::Ordinal))
            && let Some(storey) = meanings.iter().find(|each| &*each.value == "storey")
        {
            return Some(storey);
        }
        if find(Class::Verb).is_some() && find(Class::Less).is_some() && !self.clause.verbs.is_empty() {
            return find(Class::Less);
        }
        if find(Class::Question).is_some() && find(Class::Pronoun).is_some() {
            return if self.clause.verbs.is_empty() { find(Class::Question) } else { find(Class::Pronoun) };
        }
        if find(Class::Ordinal).is_some() && find(Class::Skip).is_some() {
            return if next_is(Class::Verb) { find(Class::Skip) } else { find(Class::Ordinal) };
        }
        // every 3 m
        if find(Class::Apart).is_some() && find(Class::All).is_some() {
            let counts =
                next.is_some_and(|next| matches!(next.kind, Kind::Number(_)) || next.is(Class::Number));
            return if counts { find(Class::Apart) } else { find(Class::All) };
        }
        // 6 m by 8 m
        let is_number = |token: &Token| matches!(token.kind, Kind::Number(_)) || token.is(Class::Number);
        if find(Class::Times).is_some()
            && before.is_some_and(|token| token.is(Class::Unit))
            && next.is_some_and(is_number)
        {
            return find(Class::Times);
        }
        // 選択を動かす
        if find(Class::Verb).is_some() && find(Class::Pronoun).is_some() {
            return if next_is(Class::After) || next_is(Class::Link) {
                find(Class::Pronoun)
            } else {
                find(Class::Verb)
            };
        }
        // 所有立方体, 立方体全部删除
        if find(Class::All).is_some() && find(Class::Pronoun).is_some() {
            let names = next.is_some_and(|next| next.is(Class::Term) || matches!(next.kind, Kind::Named(_)));
            return if names { find(Class::All) } else { find(Class::Pronoun) };
        }
        // 创建8个圆锥, 排成圆圈; 画一个圆
        if find(Class::Pattern).is_some() && find(Class::Term).is_some() {
            let other = |token: &&Token| token.is(Class::Term) && !token.is(Class::Pattern);
            let names = tokens.iter().find(other).is_some()
                || tokens.iter().any(|token| matches!(token.kind, Kind::Named(_)));
            return if names { find(Class::Pattern) } else { find(Class::Term) };
        }
        // 左对齐; 左侧有窗户
        if find(Class::Side).is_some() && find(Class::After).is_some() {
            let begins = before.is_none_or(|token| {
                token.kind == Kind::Break || token.is(Class::Before) || token.is(Class::Verb)
            });
            return if self.aligns || begins { find(Class::Side) } else { find(Class::After) };
        }
        if after_number {
            let next_number = tokens.get(at + 1).is_some_and(|token| matches!(token.kind, Kind::Number(_)));
            return find(Class::Unit)
                .or_else(|| find(Class::Storeys))
                .or_else(|| find(Class::OrdinalMark))
                .or_else(|| find(Class::Counter))
                .or_else(|| if next_number { find(Class::Times) } else { None })
                .or_else(|| meanings.iter().find(|each| each.class != Class::Times));
        }
        // "light" is a shade before a colour only, and "in" is nothing there.
        let next_is_color =
            tokens.get(at + 1).is_some_and(|token| token.is(Class::Color) || token.is(Class::Shade));
        meanings.iter().find(|each| {
            if each.class == Class::Shade && meanings.len() > 1 && !next_is_color {
                return false;
            }
            let needs_number = match each.class {
                Class::Counter | Class::Storeys => true,
                Class::Times | Class::Unit => meanings.len() > 1,
                _ => false,
            };
            !needs_number
        })
    }

    fn word(&mut self, class: Class, value: &str, tokens: &[Token], at: usize) -> usize {
        let token = &tokens[at];
        let (begin, end) = (token.begin, token.end);
        match class {
            Class::Verb => {
                self.clause.verbs.push((value.into(), begin, end));
                if self.any {
                    self.open("");
                }
            }
            Class::Before => {
                let next_is_color =
                    tokens.get(at + 1).is_some_and(|token| token.is(Class::Color) || token.is(Class::Shade));
                let next_is_material = tokens.get(at + 1).is_some_and(|token| {
                    token.value(Class::Term).is_some_and(|id| super::terms::material(id).is_some())
                });
                let next_is_axis = tokens.get(at + 1).is_some_and(|token| token.is(Class::Axis));
                let next_is_role = tokens.get(at + 1).is_some_and(|token| token.is(Class::Before));
                let is_place = value != "rel:INSIDE" || !(next_is_color || next_is_material || next_is_role);
                if is_place && !(value == "rel:ON" && next_is_axis) {
                    self.open(value);
                }
            }
            Class::After => {
                let role = self.role();
                if self.any || !self.clause.heads.is_empty() {
                    let is_relation = self.clause.roles[role].starts_with("rel:");
                    if !is_relation || value.starts_with("rel:") {
                        self.clause.roles[role] = value.into();
                    }
                    self.clause.roles.push("".into());
                    self.clause.spans.push((usize::MAX, 0));
                    self.any = false;
                }
            }
            Class::Number => {
                if let Ok(number) = value.parse::<f64>() {
                    return 1 + self.number(number, begin, tokens, at + 1);
                }
                match value {
                    "minus" => self.minus = true,
                    _ => self.part(Attr::Named(value.into()), begin, end),
                }
            }
            Class::OrdinalMark => {
                // 第二个: the number comes behind.
                if let Some(Kind::Number(number)) = tokens.get(at + 1).map(|next| &next.kind) {
                    self.part(Attr::Ordinal(*number as usize), begin, tokens[at + 1].end);
                    let counted = tokens.get(at + 2).is_some_and(|token| token.is(Class::Counter));
                    return if counted { 3 } else { 2 };
                }
                self.clause.unknown.push((begin, end, self.role()));
            }
            Class::Ordinal => self.part(Attr::Ordinal(value.parse().unwrap_or(usize::MAX)), begin, end),
            // テーブルの1m上に: what stands before の is what it is above.
            Class::Direction if self.is_relation(tokens, at) => {
                let role = self.role();
                self.clause.roles[role] = match value {
                    "up" => "rel:ABOVE",
                    "down" => "rel:BELOW",
                    "left" => "rel:LEFT_OF",
                    "right" => "rel:RIGHT_OF",
                    "front" => "rel:IN_FRONT_OF",
                    _ => "rel:BEHIND",
                }
                .into();
                self.clause.roles.push("".into());
                self.clause.spans.push((usize::MAX, 0));
                self.any = false;
            }
            Class::Direction => match value {
                "clockwise" | "counterclockwise" => {
                    self.part(Attr::Clockwise(value == "clockwise"), begin, end);
                }
                _ => self.part(Attr::Direction(value.into()), begin, end),
            },
            Class::Shade => {
                // Behind the colour in some languages' order; before it in ours.
                self.shade = Some(value.into());
            }
            Class::Color => {
                let shade = self.shade.take();
                match shaded(value, shade.as_deref()) {
                    Some(color) => self.part(Attr::Color(color), begin, end),
                    None => self.clause.unknown.push((begin, end, self.role())),
                }
            }
            Class::Dimension if value == "origin" => self.part(Attr::Vector([0.0; 3]), begin, end),
            Class::Dimension => self.part(Attr::Named(value.into()), begin, end),
            Class::More | Class::Less => {
                self.part(Attr::More(class == Class::More, value.into(), None), begin, end)
            }
            Class::Size => self.part(Attr::Large(value == "large"), begin, end),
            // (1,2,0.5)倍
            Class::Factor
                if self
                    .clause
                    .parts
                    .last()
                    .is_some_and(|part| matches!(part.attr, Attr::Vector(_)) && part.end == begin) => {}
            Class::Factor => {
                if let Ok(factor) = value.parse() {
                    self.part(Attr::Factor(factor, None), begin, end);
                }
            }
            Class::Pattern => self.part(Attr::Pattern(value.into()), begin, end),
            Class::Apart => self.part(Attr::Named("spacing".into()), begin, end),
            Class::Axis => self.part(Attr::Axis(value.into()), begin, end),
            Class::Side => self.part(Attr::Side(value.into()), begin, end),
            Class::Roof => self.part(Attr::Roof(value.into()), begin, end),
            // 窓が2つある部屋
            Class::Question if value == "be" && self.goes_on(tokens, at) => {}
            Class::Question => self.part(Attr::Question(value.into()), begin, end),
            Class::Pronoun => {
                let follows = at > 0 && !tokens[at - 1].is(Class::And) && tokens[at - 1].kind != Kind::Break;
                match self.clause.heads.last_mut() {
                    // 立方体をすべて削除
                    Some(head) if value == "everything" && follows => head.all = true,
                    // 立方体を両方とも削除
                    Some(head)
                        if value == "them"
                            && follows
                            && self.lexicon.language == Language::Ja
                            && matches!(head.subject, Subject::Term { .. }) =>
                    {
                        head.all = true;
                    }
                    _ => self.head(Subject::Pronoun(value.into()), begin, end),
                }
            }
            Class::The => self.definite = true,
            Class::A => self.indefinite = true,
            // both cubes: all, and there are two
            Class::All if value == "both" => {
                self.all = true;
                self.part(Attr::Count(2.0, "".into()), begin, end);
            }
            Class::All if value == "each" && !tokens.get(at + 1).is_some_and(|next| next.is(Class::Term)) => {
                self.clause.unknown.push((begin, end, self.role()));
            }
            Class::All => self.all = true,
            Class::Term => self.term(value, token),
            Class::And => {
                self.clause.joints.push(begin);
                self.any = true;
            }
            Class::Link => {
                if self.lexicon.language == Language::Zh && self.any {
                    self.close_name();
                    // 带2扇窗户的房间: the room is what has them
                    let role = self.role();
                    if &*self.clause.roles[role] == "with"
                        && self.clause.heads.iter().any(|head| head.role == role)
                    {
                        self.open("");
                    }
                }
            }
            Class::Skip | Class::Then => {}
            Class::Unit => {
                // "a metre"
                if std::mem::take(&mut self.indefinite) {
                    return self.number(1.0, begin, tokens, at);
                }
                self.clause.unknown.push((begin, end, self.role()));
            }
            Class::Times => self.part(Attr::Named("times".into()), begin, end),
            // 来个球: one
            Class::Counter if self.lexicon.language == Language::Zh => self.indefinite = true,
            Class::Counter | Class::Storeys => {
                self.clause.unknown.push((begin, end, self.role()));
            }
        }
        1
    }

    /// Whether something is described by what stands before, in Japanese.
    fn goes_on(&self, tokens: &[Token], at: usize) -> bool {
        let next = tokens.get(at + 1);
        self.lexicon.language == Language::Ja
            && next.is_some_and(|next| {
                next.kind != Kind::Break && !next.is(Class::Question) && !next.is(Class::Then)
            })
    }

    fn is_relation(&self, tokens: &[Token], at: usize) -> bool {
        let role = self.role();
        self.lexicon.language == Language::Ja
            && at >= 4
            && tokens[at - 1].is(Class::Unit)
            && tokens[at - 3].is(Class::Link)
            && self
                .clause
                .heads
                .last()
                .is_some_and(|head| head.role == role && head.end == tokens[at - 3].begin)
    }

    fn term(&mut self, id: &str, token: &Token) {
        let word = self.text[token.begin..token.end].to_ascii_lowercase();
        if let Some(material) = super::terms::material(id) {
            self.part(Attr::Material(material.into()), token.begin, token.end);
            return;
        }
        if let Some(dimension) = super::terms::parameter(id) {
            self.part(Attr::Named(dimension.into()), token.begin, token.end);
            return;
        }
        let usual = self.lexicon.usual("term", id).unwrap_or_default();
        let plural = word.ends_with('s') && word != usual;
        let subject = Subject::Term { id: id.into(), names: token.names.clone(), plural };
        self.head(subject, token.begin, token.end);
    }

    /// A number that begins at byte `begin`, with what belongs to it from the token `first` on: a fraction, a half more,
    /// a unit, a counter. How many of those tokens it takes.
    fn number(&mut self, mut value: f64, begin: usize, tokens: &[Token], first: usize) -> usize {
        let mut at = first;
        let number_at = |at: usize| match tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Number(number)) => Some(*number),
            Some(Kind::Word(meanings)) => meanings
                .iter()
                .find(|each| each.class == Class::Number)
                .and_then(|each| each.value.parse().ok()),
            _ => None,
        };
        let number_word = |at: usize| tokens.get(at).and_then(|token| token.value(Class::Number));
        // 2分の1, 四分之一
        if number_word(at) == Some("fraction")
            && let Some(above) = number_at(at + 1)
        {
            value = above / value;
            at += 2;
        }
        if number_word(at) == Some("plus_half") {
            value += 0.5;
            at += 1;
        }
        // Number words in a row: thirty two, two hundred.
        while let (Some(next), Some(Kind::Word(_))) = (number_at(at), tokens.get(at).map(|token| &token.kind))
        {
            if next >= 100.0 && value < next {
                value *= next;
            } else if (1.0..10.0).contains(&next) && value >= 20.0 && value % 10.0 == 0.0 {
                value += next;
            } else {
                break;
            }
            at += 1;
        }
        if std::mem::take(&mut self.minus) {
            value = -value;
        }
        // at 2, 3, 0
        let is_comma = |at: usize| tokens.get(at).is_some_and(|token| token.kind == Kind::Break);
        let in_place = matches!(&*self.clause.roles[self.role()], "to" | "at" | "by");
        if in_place
            && is_comma(at)
            && is_comma(at + 2)
            && let (Some(y), Some(z)) = (number_at(at + 1), number_at(at + 3))
        {
            self.part(Attr::Vector([value, y, z].map(rounded)), begin, tokens[at + 3].end);
            return at + 4 - first;
        }
        let end_before = at.checked_sub(1).map_or(begin, |last| tokens[last].end);
        let next = tokens.get(at);
        let unit_of =
            |token: &Token| token.value(Class::Unit).and_then(|name| unit(name, self.lexicon.language));
        // 5x5: not five times
        let is_by = next.is_some_and(|token| token.is(Class::Times)) && number_at(at + 1).is_some();
        let unit_of_next = next.and_then(unit_of).filter(|unit| !(is_by && matches!(unit, Unit::Factor(_))));
        if let Some(found) = unit_of_next {
            at += 1;
            // 1メートル半
            if number_word(at) == Some("0.5")
                && matches!(found, Unit::Length(_))
                && self.lexicon.language != Language::En
            {
                value += 0.5;
                at += 1;
            }
            let end = tokens[at - 1].end;
            match found {
                Unit::Length(metres) => self.part(Attr::Length(value * metres, None), begin, end),
                Unit::Angle(radians) => self.part(Attr::Angle(value * radians), begin, end),
                Unit::Factor(factor) => self.part(Attr::Factor(value * factor, None), begin, end),
            }
        } else if let Some(times) = next.filter(|token| token.is(Class::Times))
            && let Some(other) = number_at(at + 1)
            && times.begin >= end_before
        {
            let unit_behind = tokens.get(at + 2).and_then(unit_of);
            let end = tokens[at + 1].end;
            if let Some(Unit::Length(metres)) = unit_behind {
                // 6 x 8 m
                self.part(Attr::Length(value * metres, None), begin, end_before);
                self.part(Attr::Named("times".into()), times.begin, times.end);
                at += 1;
            } else {
                self.part(Attr::Grid(value, other), begin, end);
                at += 2;
            }
        } else if let Some(mark) = next.filter(|token| token.is(Class::OrdinalMark)) {
            self.part(Attr::Ordinal(value.max(0.0) as usize), begin, mark.end);
            at += 1;
        } else if let Some((kind, end)) =
            next.and_then(|token| token.value(Class::Storeys).map(|_| ("storeys", token.end)))
        {
            self.part(Attr::Storeys(value), begin, end);
            at += 1;
            let _ = kind;
        } else if let Some((kind, end)) =
            next.and_then(|token| token.value(Class::Counter).map(|kind| (kind.to_owned(), token.end)))
        {
            self.part(Attr::Count(value, kind.into()), begin, end);
            // 一盏灯: a lamp
            self.indefinite |= self.lexicon.language == Language::Zh && (value - 1.0).abs() < f64::EPSILON;
            at += 1;
        } else {
            self.part(Attr::Number(value), begin, end_before);
        }
        at - first
    }
}

/// A colour, lighter or darker: by the CSS name if there is one, else half way to white, or half as bright.
fn shaded(name: &str, shade: Option<&str>) -> Option<[f64; 3]> {
    let plain = colors::named(name)?;
    let Some(shade) = shade else { return Some(plain) };
    if let Some(color) = colors::named(&format!("{shade}{name}")) {
        return Some(color);
    }
    let four = |value: f64| (value * 1e4).round() / 1e4;
    Some(plain.map(|channel| four(if shade == "light" { 0.5 + channel / 2.0 } else { channel / 4.0 })))
}

impl Clause {
    /// Puts measures and the dimensions that they are of together, from the left: 高さ3m, 3 m tall, 3米高.
    fn pair(&mut self) {
        let mut parts: Vec<Part> = Vec::with_capacity(self.parts.len());
        let mut from = std::mem::take(&mut self.parts).into_iter().peekable();
        while let Some(part) = from.next() {
            let stands_between = |at: usize, next: &Part| at >= part.end && at < next.begin;
            let is_apart = from.peek().is_some_and(|next| {
                let compares = matches!(part.attr, Attr::More(..)) || matches!(next.attr, Attr::More(..));
                !compares
                    && (self.heads.iter().any(|head| stands_between(head.begin, next))
                        || self.joints.iter().any(|joint| stands_between(*joint, next)))
            });
            let becomes = from.peek().is_some_and(|next| &*self.roles[next.role] == "to");
            let next = from.peek().filter(|_| !is_apart).map(|next| &next.attr);
            let joined = match (&part.attr, next) {
                (Attr::Named(name), Some(Attr::Length(value, None))) if is_measure(name) => {
                    Some(Attr::Length(*value, Some(name.clone())))
                }
                (Attr::Length(value, None), Some(Attr::Named(name))) if is_measure(name) => {
                    Some(Attr::Length(*value, Some(name.clone())))
                }
                (Attr::Named(name), Some(Attr::Factor(value, None)))
                | (Attr::Factor(value, None), Some(Attr::Named(name)))
                    if is_measure(name) =>
                {
                    Some(Attr::Factor(*value, Some(name.clone())))
                }
                // widen it to 1 m
                (Attr::More(_, name, None), Some(Attr::Length(value, None))) if becomes => {
                    Some(Attr::Length(*value, Some(name.clone())))
                }
                // 30cmに厚くして
                (Attr::Length(value, None), Some(Attr::More(_, name, None)))
                    if &*self.roles[part.role] == "to" =>
                {
                    Some(Attr::Length(*value, Some(name.clone())))
                }
                (Attr::More(_, size, None), Some(Attr::Factor(value, None)))
                | (Attr::Factor(value, None), Some(Attr::More(_, size, None)))
                    if &**size == "size" =>
                {
                    Some(Attr::Factor(*value, None))
                }
                (Attr::Length(value, None), Some(Attr::More(more, name, None)))
                | (Attr::More(more, name, None), Some(Attr::Length(value, None))) => {
                    Some(Attr::More(*more, name.clone(), Some(*value)))
                }
                (Attr::Named(name), Some(Attr::Count(count, kind)))
                    if &**name == "panels" && matches!(&**kind, "" | "panels") =>
                {
                    Some(Attr::Count(*count, "panels".into()))
                }
                (Attr::Named(name), Some(Attr::Number(count)))
                | (Attr::Number(count), Some(Attr::Named(name)))
                    if &**name == "storey" =>
                {
                    Some(Attr::Storeys(*count))
                }
                #[expect(clippy::cast_precision_loss, reason = "a storey's number")]
                (Attr::Ordinal(nth), Some(Attr::Named(name))) if &**name == "storey" => {
                    Some(Attr::Storeys(*nth as f64))
                }
                (Attr::Named(name), Some(Attr::More(more, of, None)))
                    if is_measure(name) && &**of == "size" =>
                {
                    Some(Attr::More(*more, name.clone(), None))
                }
                _ => None,
            };
            match joined {
                Some(attr) => {
                    let next = from.next().expect("it was looked at");
                    let (begin, end) = (part.begin.min(next.begin), part.end.max(next.end));
                    parts.push(Part { attr, role: part.role, begin, end });
                }
                None => parts.push(part),
            }
        }
        // Length, times, length.
        let mut at = 0;
        while at + 2 < parts.len() {
            let sizes = match (&parts[at].attr, &parts[at + 1].attr, &parts[at + 2].attr) {
                (Attr::Length(a, None), Attr::Named(times), Attr::Length(b, None)) if &**times == "times" => {
                    Some(vec![*a, *b])
                }
                (Attr::Sizes(sizes), Attr::Named(times), Attr::Length(b, None)) if &**times == "times" => {
                    Some(sizes.iter().copied().chain([*b]).collect())
                }
                _ => None,
            };
            match sizes {
                Some(sizes) => {
                    parts[at] =
                        Part { attr: Attr::Sizes(sizes), end: parts[at + 2].end, ..parts[at].clone() };
                    parts.drain(at + 1..at + 3);
                }
                None => at += 1,
            }
        }
        self.parts = parts;
    }
}

/// Whether a dimension is measured in metres.
fn is_measure(name: &str) -> bool {
    !matches!(
        name,
        "color"
            | "material"
            | "name"
            | "times"
            | "count"
            | "colour"
            | "texture"
            | "angle"
            | "location"
            | "storey"
            | "brightness"
    )
}
