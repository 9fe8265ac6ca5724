//! What the queue has done lately, second by second, and since the start. Any thread.
//!
//! Nothing is measured while nothing happens: a second in which no task ended costs nothing and is not there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

/// Seconds that are remembered.
pub const REMEMBERED: u64 = 900;
/// Commands whose figures are kept; add-ons' can be of any number.
const MOST_COMMANDS: usize = 1000;

/// When a task was accepted, began (if it did) and ended, in Unix seconds, and how.
pub struct Ended {
    pub command: Arc<str>,
    pub created_at: f64,
    pub started_at: Option<f64>,
    pub finished_at: f64,
    pub failed: bool,
    /// Tasks that wait now.
    pub waiting: usize,
}

#[derive(Default)]
pub struct Throughput(Mutex<Figures>);

#[derive(Default)]
struct Figures {
    /// In ascending order.
    seconds: VecDeque<Second>,
    commands: HashMap<Arc<str>, Totals>,
}

#[derive(Clone, Default)]
struct Second {
    time: u64,
    commands: u32,
    native: u32,
    failed: u32,
    waiting: usize,
    busy: f64,
    latency: Durations,
    run: Durations,
}

#[derive(Clone, Copy, Default)]
struct Totals {
    count: u64,
    failed: u64,
    seconds: f64,
}

/// One second, or all that were asked for together. Durations are seconds.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ThroughputSample)]
pub struct Sample {
    /// Unix seconds; of all together, the first.
    pub time: u64,
    /// Tasks that ended.
    pub commands: u64,
    /// Commands answered without Blender.
    pub native: u64,
    pub failed: u64,
    /// The most that waited when a task ended.
    pub waiting: usize,
    /// Seconds in which a command ran; one that goes in steps counts between them too.
    pub busy: f64,
    /// From acceptance to end.
    pub latency_p50: Option<f64>,
    pub latency_p99: Option<f64>,
    /// From beginning to end.
    pub run_p50: Option<f64>,
    pub run_p99: Option<f64>,
}

/// A command since the start.
#[derive(Serialize, ToSchema)]
pub struct CommandFigures {
    #[schema(value_type = String)]
    pub command: Arc<str>,
    pub count: u64,
    pub failed: u64,
    /// Its runs together.
    pub seconds: f64,
}

impl Throughput {
    pub fn record(&self, ended: Ended) {
        let Ended { command, created_at, started_at, finished_at, failed, waiting } = ended;
        let mut figures = self.0.lock();
        let latency = finished_at - created_at;
        let second = figures.second(finished_at);
        second.commands += 1;
        second.failed += u32::from(failed);
        second.waiting = second.waiting.max(waiting);
        second.latency.add(latency);
        if let Some(began) = started_at {
            second.run.add(finished_at - began);
            figures.spread(began, finished_at);
        }
        if figures.commands.len() < MOST_COMMANDS || figures.commands.contains_key(&command) {
            let totals = figures.commands.entry(command).or_default();
            totals.count += 1;
            totals.failed += u64::from(failed);
            totals.seconds += started_at.map_or(0.0, |began| finished_at - began);
        }
    }

    /// A command was answered without Blender.
    pub fn record_native(&self, now: f64) {
        self.0.lock().second(now).native += 1;
    }

    /// The seconds of the last so many in which something happened, and all of them together. `under_way`: since when
    /// what runs now does, which counts as busy already.
    pub fn samples(&self, last: u64, now: f64, under_way: &[f64]) -> (Vec<Sample>, Sample) {
        let first = (now as u64).saturating_sub(last);
        let recent = self.0.lock().seconds.iter().filter(|second| second.time >= first).cloned().collect();
        let mut recent = Figures { seconds: recent, ..Figures::default() };
        for began in under_way {
            recent.spread(began.max(first as f64), now);
        }
        let seconds = recent.seconds;
        let mut total = Second { time: first, ..Second::default() };
        for second in &seconds {
            total.add(second);
        }
        (seconds.iter().map(Second::sample).collect(), total.sample())
    }

    /// The commands that were run, the most used first.
    pub fn commands(&self) -> Vec<CommandFigures> {
        let figures = self.0.lock();
        let mut commands: Vec<CommandFigures> = figures
            .commands
            .iter()
            .map(|(command, &Totals { count, failed, seconds })| CommandFigures {
                command: Arc::clone(command),
                count,
                failed,
                seconds,
            })
            .collect();
        drop(figures);
        commands.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.command.cmp(&b.command)));
        commands
    }
}

impl Figures {
    /// The figures of that second; the oldest give way.
    fn second(&mut self, at: f64) -> &mut Second {
        let time = at as u64;
        while self.seconds.front().is_some_and(|oldest| oldest.time + REMEMBERED < time) {
            self.seconds.pop_front();
        }
        // The clock may have been set back, and tasks end a moment out of order.
        let at = self.seconds.partition_point(|second| second.time < time);
        if self.seconds.get(at).is_none_or(|second| second.time != time) {
            self.seconds.insert(at, Second { time, ..Second::default() });
        }
        &mut self.seconds[at]
    }

    /// The seconds that a run went through were busy.
    fn spread(&mut self, began: f64, ended: f64) {
        let mut from = began.max(ended - REMEMBERED as f64);
        while from < ended {
            let until = ended.min(from.floor() + 1.0);
            let second = self.second(from);
            second.busy = (second.busy + until - from).min(1.0);
            from = until;
        }
    }
}

impl Second {
    fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.native += other.native;
        self.failed += other.failed;
        self.waiting = self.waiting.max(other.waiting);
        self.busy += other.busy;
        self.latency.merge(&other.latency);
        self.run.merge(&other.run);
    }

    fn sample(&self) -> Sample {
        Sample {
            time: self.time,
            commands: self.commands.into(),
            native: self.native.into(),
            failed: self.failed.into(),
            waiting: self.waiting,
            busy: self.busy,
            latency_p50: self.latency.quantile(0.5),
            latency_p99: self.latency.quantile(0.99),
            run_p50: self.run.quantile(0.5),
            run_p99: self.run.quantile(0.99),
        }
    }
}

/// Durations counted in classes, each a sixth wider than the one before (2^(1/4)), from 1 µs to more than an hour.
#[derive(Clone, Default)]
struct Durations {
    /// Up to the last class that has any.
    classes: Vec<u32>,
}

const SHORTEST: f64 = 1e-6;
const CLASSES: usize = 4 * 32;

/// The longest duration of a class.
fn end_of(class: usize) -> f64 {
    SHORTEST * 2_f64.powf(class as f64 / 4.0)
}

impl Durations {
    fn add(&mut self, seconds: f64) {
        let class = ((seconds.max(SHORTEST) / SHORTEST).log2() * 4.0).ceil() as usize;
        let class = class.min(CLASSES - 1);
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        self.classes[class] += 1;
    }

    fn merge(&mut self, other: &Self) {
        if self.classes.len() < other.classes.len() {
            self.classes.resize(other.classes.len(), 0);
        }
        for (mine, theirs) in self.classes.iter_mut().zip(&other.classes) {
            *mine += theirs;
        }
    }

    fn count(&self) -> u64 {
        self.classes.iter().copied().map(u64::from).sum()
    }

    /// The middle of the class that the share falls into.
    fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let mut passed = 0;
        let class = self.classes.iter().position(|count| {
            passed += u64::from(*count);
            passed >= wanted
        })?;
        Some(end_of(class) / 2_f64.powf(0.125))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(command: &str, created_at: f64, started_at: f64, finished_at: f64) -> Ended {
        let command = command.into();
        Ended { command, created_at, started_at: Some(started_at), finished_at, failed: false, waiting: 2 }
    }

    #[test]
    fn seconds_in_which_nothing_happened_are_not_there() {
        let figures = Throughput::default();
        figures.record(ended("a", 100.0, 100.1, 100.2));
        figures.record(ended("a", 103.0, 103.0, 103.4));
        figures.record_native(103.9);
        let (samples, total) = figures.samples(60, 104.0, &[]);
        let told: Vec<_> =
            samples.iter().map(|sample| (sample.time, sample.commands, sample.native)).collect();
        assert_eq!(told, [(100, 1, 0), (103, 1, 1)]);
        assert_eq!((total.commands, total.native, total.waiting), (2, 1, 2));
        assert_eq!(figures.samples(2, 106.0, &[]).0.len(), 0);
    }

    #[test]
    fn a_long_run_makes_every_second_of_it_busy() {
        let figures = Throughput::default();
        figures.record(ended("a", 10.0, 10.5, 13.25));
        let (samples, total) = figures.samples(60, 20.0, &[]);
        let busy: Vec<_> = samples.iter().map(|sample| (sample.time, sample.busy)).collect();
        assert_eq!(busy, [(10, 0.5), (11, 1.0), (12, 1.0), (13, 0.25)]);
        assert_eq!(total.busy, 2.75);
    }

    #[test]
    fn what_runs_now_is_busy_already() {
        let figures = Throughput::default();
        figures.record(ended("a", 10.0, 10.0, 10.5));
        let (samples, total) = figures.samples(60, 13.5, &[10.75]);
        let busy: Vec<_> = samples.iter().map(|sample| (sample.time, sample.busy)).collect();
        assert_eq!(busy, [(10, 0.75), (11, 1.0), (12, 1.0), (13, 0.5)]);
        assert_eq!((total.busy, total.commands), (3.25, 1));
        assert_eq!(figures.samples(2, 100.0, &[10.0]).1.busy, 2.0, "of a long run, what was asked for");
        assert_eq!(figures.samples(60, 13.5, &[]).1.busy, 0.5, "nothing of it is kept");
    }

    #[test]
    fn quantiles_are_within_a_tenth() {
        let mut durations = Durations::default();
        for at in 1..=1000 {
            durations.add(f64::from(at) * 1e-3);
        }
        for (share, exact) in [(0.5, 0.5), (0.99, 0.99)] {
            let told = durations.quantile(share).unwrap();
            assert!((told / exact - 1.0).abs() < 0.1, "{share}: {told}");
        }
        assert_eq!(Durations::default().quantile(0.5), None);
        durations.add(1e9);
        durations.add(-1.0);
        assert_eq!(durations.count(), 1002);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let figures = Throughput::default();
        for at in 0..5000 {
            let at = f64::from(at);
            figures.record(ended(&format!("command {at}"), at, at, at));
        }
        assert!(figures.0.lock().seconds.len() as u64 <= REMEMBERED + 1);
        assert_eq!(figures.commands().len(), MOST_COMMANDS);
    }
}
