//! The hub without a network: who hears what, bounds, replay, figures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bus::Replayed;
use super::hub::{INBOX, RING};
use super::*;

fn hub() -> Arc<Hub> {
    Arc::new(Hub::default())
}

fn deliver(hub: &Hub) {
    let mut current = None;
    while hub.deliver_some(&mut current, hub.next_turn().last) {}
}

/// What waits for a subscriber, as (type, data) pairs, and how many events were missed.
fn heard(subscription: &Subscription) -> (Vec<(String, Value)>, u64) {
    let taken = subscription.mailbox.take_now();
    let read = |event: &Arc<Event>| -> (String, Value) {
        let value: Value = serde_json::from_slice(event.text()).unwrap();
        (value["type"].as_str().unwrap().to_owned(), value["data"].clone())
    };
    (taken.events.iter().map(read).collect(), taken.missed)
}

#[test]
fn a_channel_reaches_its_subscribers_and_nobody_else() {
    let hub = hub();
    let (one, two, none) = (hub.join(), hub.join(), hub.join());
    assert!(one.subscribe(Channel::TASKS) && two.subscribe(Channel::TASKS) && two.subscribe(Channel::SCENE));
    assert!(!one.subscribe(Channel::TASKS), "already");
    assert_eq!(hub.publish(Channel::TASKS, "task_started", json!({"n": 1})), 2);
    assert_eq!(hub.publish(Channel::LOGS, "log", json!({})), 0);
    assert!(one.unsubscribe(Channel::TASKS) && !one.unsubscribe(Channel::TASKS));
    assert_eq!(hub.publish(Channel::TASKS, "task_ended", json!({"n": 2})), 1);
    deliver(&hub);
    assert_eq!(heard(&one).0, [], "it left before the delivery");
    assert_eq!(
        heard(&two).0,
        [("task_started".into(), json!({"n": 1})), ("task_ended".into(), json!({"n": 2}))]
    );
    assert_eq!(heard(&none).0, []);
}

/// A subscriber that takes events directly, as long as it has room.
#[derive(Clone, Default)]
struct Direct(Arc<parking_lot::Mutex<(usize, Vec<u64>)>>);

impl DirectWriter for Direct {
    fn try_write(&self, event: &Event) -> bool {
        let (room, written) = &mut *self.0.lock();
        let fits = written.len() < *room;
        if fits {
            written.push(event.data.as_u64().unwrap());
        }
        fits
    }
}

#[test]
fn what_is_written_directly_never_overtakes_what_waits() {
    let hub = hub();
    let (subscription, direct) = (hub.join(), Direct::default());
    subscription.mailbox.write_through(Box::new(direct.clone()));
    subscription.subscribe(Channel::SCENE);
    let publish = |n: u64| {
        hub.publish(Channel::SCENE, "changed", json!(n));
        deliver(&hub);
    };
    direct.0.lock().0 = 2;
    (0..3).for_each(publish);
    assert_eq!(direct.0.lock().1, [0, 1], "as far as there is room");
    direct.0.lock().0 = 100;
    publish(3);
    let taken = subscription.mailbox.take_now();
    assert_eq!(taken.events.iter().map(|event| event.data.clone()).collect::<Vec<_>>(), [2, 3]);
    publish(4);
    assert_eq!(direct.0.lock().1, [0, 1], "what was taken is still being written");
    drop(taken);
    publish(5);
    assert_eq!(heard(&subscription).0.len(), 2);
    publish(6);
    assert_eq!(direct.0.lock().1, [0, 1, 6]);
    for n in 7..9 {
        hub.publish(Channel::SCENE, "changed", json!(n));
    }
    deliver(&hub);
    assert_eq!(heard(&subscription).0.len(), 2, "several at once are collected");
}

#[test]
fn a_delivery_that_takes_several_turns_tells_everyone_once() {
    let hub = hub();
    let (direct, count) = (Direct::default(), 200);
    direct.0.lock().0 = usize::MAX;
    let subscriptions: Vec<_> = (0..count).map(|_| hub.join()).collect();
    for subscription in &subscriptions {
        subscription.mailbox.write_through(Box::new(direct.clone()));
        subscription.subscribe(Channel::SCENE);
    }
    hub.publish(Channel::SCENE, "changed", json!(7));
    let mut current = None;
    assert!(hub.deliver_some(&mut current, hub.next_turn().last), "more than one turn");
    let told = direct.0.lock().1.len();
    assert!((1..count).contains(&told), "{told}");
    let (late, last) = (hub.join(), &subscriptions[count - 1]);
    late.subscribe(Channel::SCENE);
    assert_eq!(late.replay(Channel::SCENE, 0).events, 1);
    assert_eq!(last.replay(Channel::SCENE, 0).events, 1);
    assert!(subscriptions[count - 2].unsubscribe(Channel::SCENE));
    while hub.deliver_some(&mut current, hub.next_turn().last) {}
    assert_eq!(heard(&late).0.len(), 1, "by the replay alone");
    assert_eq!(heard(last).0.len(), 1, "by the replay alone");
    assert_eq!(direct.0.lock().1.len(), count - 2, "and whoever unsubscribed was told no more");
}

#[test]
fn a_slow_reader_loses_its_own_oldest_and_is_told() {
    let hub = hub();
    let slow = hub.join();
    slow.subscribe(Channel::LOGS);
    for n in 0..1500 {
        hub.publish(Channel::LOGS, "log", json!(n));
    }
    deliver(&hub);
    let (messages, missed) = heard(&slow);
    assert_eq!((messages.len(), missed, &messages[0].1), (1024, 476, &json!(476)));
    assert_eq!(heard(&slow), (vec![], 0));
    hub.publish(Channel::LOGS, "log", json!("x".repeat(9 << 20)));
    deliver(&hub);
    assert_eq!(heard(&slow).0.len(), 1, "one message of any size arrives");
}

#[test]
fn the_ring_replays_from_an_id() {
    let hub = hub();
    for n in 0..3 {
        hub.publish(Channel::SCENE, "changed", json!(n));
    }
    hub.publish(Channel::TASKS, "other", json!(0));
    deliver(&hub);
    let late = hub.join();
    assert_eq!(late.replay(Channel::SCENE, 1), Replayed { events: 2, complete: true });
    assert_eq!(heard(&late).0, [("changed".into(), json!(1)), ("changed".into(), json!(2))]);
    assert_eq!(late.replay(Channel::SCENE, 99), Replayed { events: 0, complete: true });
    assert_eq!(late.replay(Channel::LOGS, 0), Replayed { events: 0, complete: true });
    for n in 0..RING {
        hub.publish(Channel::SCENE, "changed", json!(n));
    }
    deliver(&hub);
    assert_eq!(late.replay(Channel::SCENE, 0), Replayed { events: RING, complete: false });
}

#[test]
fn whoever_comes_back_after_a_restart_hears_what_is_new() {
    let before = Arc::new(Hub::beginning_at(1_000_000));
    before.publish(Channel::SCENE, "changed", json!(0));
    let hub = Arc::new(Hub::beginning_at(2_000_000));
    let back = hub.join();
    assert_eq!(back.replay(Channel::SCENE, 1_000_001), Replayed { events: 0, complete: false });
    hub.publish(Channel::SCENE, "changed", json!(1));
    deliver(&hub);
    assert_eq!(back.replay(Channel::SCENE, 1_000_001), Replayed { events: 1, complete: false });
    assert_eq!(back.replay(Channel::SCENE, 2_000_000), Replayed { events: 1, complete: true });
}

#[test]
fn figures_as_documented_and_empty_channels_go() {
    let hub = hub();
    let (one, two) = (hub.join(), hub.join());
    one.subscribe(Channel::SYSTEM_ALERTS);
    two.subscribe(Channel::SYSTEM_ALERTS);
    two.subscribe(Channel::DB_POOL_STATS);
    hub.publish(Channel::SYSTEM_ALERTS, "queue_full", json!({}));
    deliver(&hub);
    drop(two);
    assert!(hub.wants(Channel::DB_POOL_STATS), "its subscriber may come back");
    hub.forget(Instant::now() + Duration::from_secs(301));
    assert!(!hub.wants(Channel::DB_POOL_STATS) && hub.wants(Channel::SYSTEM_ALERTS));
    assert_eq!(
        json!(hub.statistics()),
        json!({
            "total_clients": 1, "total_channels": 1, "total_messages_sent": 2, "total_connections_ever": 2,
            "channel_stats": {"system_alerts": 1}, "active_channels": ["system_alerts"], "events_dropped": 0,
        })
    );
}

#[test]
fn what_comes_faster_than_it_can_be_handed_on_is_told_as_missed() {
    let hub = hub();
    let (heard_both, other) = (hub.join(), hub.join());
    heard_both.subscribe(Channel::LOGS);
    other.subscribe(Channel::TASKS);
    let beyond = 10;
    for n in 0..INBOX + beyond {
        hub.publish(Channel::LOGS, "log", json!(n));
    }
    hub.publish(Channel::TASKS, "task_started", json!(0));
    deliver(&hub);
    let (messages, missed) = heard(&heard_both);
    assert_eq!(
        messages.len() as u64 + missed,
        (INBOX + beyond) as u64,
        "every event was heard or told as missed"
    );
    assert_eq!(
        heard(&other),
        (vec![("task_started".into(), json!(0))], 0),
        "nothing of its channel was lost"
    );
    assert_eq!(hub.statistics().events_dropped, beyond as u64 + 1);
}
