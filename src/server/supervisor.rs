//! Tasks that must run as long as the server does. On the I/O thread.
//!
//! One that ends, by a panic or otherwise, is logged, told on `system_alerts` and started again, sooner the first time
//! than after many: what is broken for good must not keep the thread busy.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::service::Service;

/// Before the first restart; doubled for each that follows soon.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A task that ran for so long has recovered.
const RECOVERED: Duration = Duration::from_secs(60);

/// Runs what `start` makes, again and again; until the handle is dropped.
pub fn supervise<F>(
    service: &Arc<Service>,
    name: &'static str,
    start: impl Fn() -> F + Send + 'static,
) -> AbortOnDropHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let service = Arc::clone(service);
    AbortOnDropHandle::new(tokio::spawn(async move {
        let (mut pause, mut restarts) = (FIRST_PAUSE, 0_u64);
        loop {
            let begun = Instant::now();
            let why = match AbortOnDropHandle::new(tokio::spawn(start())).await {
                Ok(()) => "it ended by itself".to_owned(),
                Err(error) if error.is_cancelled() => return, // the runtime ends
                Err(error) => panic_message(error.into_panic().as_ref()),
            };
            if begun.elapsed() > RECOVERED {
                pause = FIRST_PAUSE;
            }
            restarts += 1;
            log::error!("{name} failed and is started again in {pause:?}: {why}");
            let data = json!({
                "task": name, "message": why, "restarts": restarts, "restarts_in": pause.as_secs_f64(),
            });
            service.alert("supervisor_task_failed", data);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }))
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    use super::*;
    use crate::events::Channel;
    use crate::model::settings::Settings;

    #[tokio::test]
    async fn a_task_that_dies_is_told_and_started_again() {
        let service =
            Service::new(Settings::default(), 9876, Arc::new(crate::service::CommandRegistry::default()));
        let subscription = service.hub.join();
        subscription.subscribe(Channel::SYSTEM_ALERTS);
        let runs = Arc::new(AtomicU64::new(0));
        let (run, hub) = (Arc::clone(&runs), Arc::clone(&service.hub));
        // Delivers events itself, so what it told before it died is delivered by its successor.
        let supervised = supervise(&service, "a test", move || {
            let (run, hub) = (run.fetch_add(1, SeqCst), Arc::clone(&hub));
            async move {
                match run {
                    0 => panic!("no {run}"),
                    1 => {}
                    _ => hub.deliver(async || {}).await,
                }
            }
        });
        let begun = Instant::now();
        let mut alerts = Vec::new();
        while alerts.len() < 2 {
            alerts.extend(subscription.mailbox.take().await.events.iter().map(Arc::clone));
        }
        assert!(begun.elapsed() >= FIRST_PAUSE * 3, "{:?}", begun.elapsed());
        for (alert, why) in alerts.iter().zip(["no 0", "it ended by itself"]) {
            assert_eq!((&*alert.kind, &alert.data["task"]), ("supervisor_task_failed", &json!("a test")));
            assert_eq!(alert.data["message"], why);
        }
        assert_eq!(alerts[1].data["restarts"], 2);
        service.hub.publish(Channel::SYSTEM_ALERTS, "still_told", json!({}));
        assert_eq!(subscription.mailbox.take().await.events[0].kind, "still_told");
        assert_eq!(runs.load(SeqCst), 3);
        drop(supervised);
    }
}
