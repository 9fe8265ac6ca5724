//! `GET /metrics`: how Tenon is, in the text format of Prometheus (0.0.4). On the I/O thread, never the main thread's work.
//!
//! The names are those of <https://prometheus.io/docs/practices/naming>: base units, `_total` for what only grows. No label
//! has values that clients choose, so the number of series stays what it is.

use std::fmt::{Display, Write};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::events::CHANNELS;
use crate::queue::{Histogram, MainThreadState};
use crate::service::Service;
use crate::service::memory::resident_bytes;
use crate::store::StoreState;

/// Tenon's figures for Prometheus
///
/// The text format 0.0.4. A dashboard for Grafana is `docs/grafana.json`.
#[utoipa::path(
    get, path = "/metrics", tag = "server",
    responses((status = 200, body = String, content_type = "text/plain; version=0.0.4"))
)]
pub async fn metrics(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, exposition(&service))
}

fn exposition(service: &Service) -> String {
    let mut out = Exposition::default();
    server(&mut out, service);
    commands(&mut out, service);
    main_thread(&mut out, service);
    events(&mut out, service);
    store(&mut out, service);
    if let Some(bytes) = resident_bytes() {
        out.gauge("process_resident_memory_bytes", "Memory of Blender's whole process.", bytes);
    }
    out.0
}

fn server(out: &mut Exposition, service: &Service) {
    let status = service.status();
    out.family("tenon_build_info", "gauge", "Which Tenon and Blender this is; always 1.");
    let blender = service.blender_version();
    out.sample("tenon_build_info", &[("version", status.version), ("blender", &blender)], 1);
    out.gauge("tenon_uptime_seconds", "Time since the server started.", status.uptime);
    out.gauge("tenon_clients", "Open connections.", status.clients);
    out.counter("tenon_connections_total", "Connections since the start.", status.connections_total);
    out.family("tenon_sessions", "gauge", "Sessions in memory.");
    out.sample("tenon_sessions", &[("state", "live")], status.sessions);
    out.sample("tenon_sessions", &[("state", "parked")], service.sessions.parked_count());
}

fn commands(out: &mut Exposition, service: &Service) {
    let status = service.queue.status();
    out.counter("tenon_commands_total", "Commands answered since the start.", service.commands_served());
    let totals = service.queue.totals();
    out.family("tenon_tasks_ended_total", "counter", "Tasks that have ended, by how.");
    for (status, count) in
        [("completed", totals.completed), ("failed", totals.failed), ("cancelled", totals.cancelled)]
    {
        out.sample("tenon_tasks_ended_total", &[("status", status)], count);
    }
    let words = "Time from a task's acceptance to its beginning.";
    out.histogram("tenon_task_wait_seconds", words, &totals.waits);
    let words = "Time from a command's beginning in Blender to its end.";
    out.histogram("tenon_command_duration_seconds", words, &totals.durations);
    out.family("tenon_queue_tasks", "gauge", "Tasks that are known; those that ended are kept for a while.");
    for (state, count) in [
        ("pending", status.pending),
        ("processing", status.processing),
        ("completed", status.completed),
        ("failed", status.failed),
        ("cancelled", status.cancelled),
    ] {
        out.sample("tenon_queue_tasks", &[("state", state)], count);
    }
    out.gauge("tenon_queue_capacity", "How many asynchronous tasks may wait.", status.capacity);
    let words = "Answers that nobody was left to hear.";
    out.counter("tenon_answers_unheard_total", words, status.late);
}

fn main_thread(out: &mut Exposition, service: &Service) {
    let busy = u8::from(service.queue.main_thread().state == MainThreadState::Running);
    out.gauge("tenon_main_thread_busy", "Whether Blender's main thread runs a command.", busy);
    let silence = service.queue.since_heartbeat();
    let words = "Time since Blender's main thread gave a sign.";
    out.gauge("tenon_main_thread_last_sign_seconds", words, silence);
}

fn events(out: &mut Exposition, service: &Service) {
    let statistics = service.hub.statistics();
    out.family("tenon_events_subscribers", "gauge", "Clients that hear a channel.");
    for channel in CHANNELS {
        let count = statistics.channel_stats.get(channel).copied().unwrap_or_default();
        out.sample("tenon_events_subscribers", &[("channel", channel)], count);
    }
    let words = "Events handed to clients, one for each that hears it.";
    out.counter("tenon_events_delivered_total", words, statistics.total_messages_sent);
    let words = "Events that came faster than they could be handed on.";
    out.counter("tenon_events_dropped_total", words, statistics.events_dropped);
}

fn store(out: &mut Exposition, service: &Service) {
    let status = service.store.status();
    if status.state == StoreState::Off {
        return;
    }
    let up = u8::from(status.state == StoreState::Open);
    out.gauge("tenon_store_up", "Whether sessions are kept.", up);
    let waiting = status.waiting_bytes.unwrap_or_default();
    out.gauge("tenon_store_waiting_bytes", "What waits to be written.", waiting);
    let words = "Records that could not be kept.";
    out.counter("tenon_store_lost_records_total", words, status.lost.unwrap_or_default());
}

/// Families with their samples, as they are written.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        let (bucket, count) = (format!("{name}_bucket"), histogram.count());
        for (bound, below) in histogram.cumulative() {
            self.sample(&bucket, &[("le", &bound.to_string())], below);
        }
        self.sample(&bucket, &[("le", "+Inf")], count);
        self.sample(&format!("{name}_sum"), &[], histogram.sum());
        self.sample(&format!("{name}_count"), &[], count);
    }

    /// What stands before a family's samples. `help` is one line without a backslash.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escaped(text));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_the_format_asks() {
        let mut out = Exposition::default();
        out.gauge("a_seconds", "Time.", 0.25);
        out.family("b", "gauge", "Of a name.");
        out.sample("b", &[("name", "a \"b\"\\\n"), ("other", "")], 1);
        let expected = "# HELP a_seconds Time.\n# TYPE a_seconds gauge\na_seconds 0.25\n\
                        # HELP b Of a name.\n# TYPE b gauge\nb{name=\"a \\\"b\\\"\\\\\\n\",other=\"\"} 1\n";
        assert_eq!(out.0, expected);
    }
}
