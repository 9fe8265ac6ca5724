//! The hub without a network: who hears what, bounds, replay, figures.

use super::*;

fn hub() -> Arc<Hub> {
    Arc::new(Hub::default())
}

fn deliver(hub: &Hub) {
    while hub.deliver_some() {}
}

/// What waits for a seat, as (type, data) pairs, and how many messages were missed.
fn heard(seat: &Seat) -> (Vec<(String, Value)>, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let taken = runtime.block_on(async {
        tokio::select! {
            biased;
            taken = seat.outbox.take() => taken,
            () = std::future::ready(()) => (Vec::new(), 0),
        }
    });
    let read = |message: &Message| -> (String, Value) {
        let value: Value = serde_json::from_str(message).unwrap();
        (value["type"].as_str().unwrap().to_owned(), value["data"].clone())
    };
    (taken.0.iter().map(read).collect(), taken.1)
}

#[test]
fn a_channel_reaches_its_subscribers_and_nobody_else() {
    let hub = hub();
    let (one, two, none) = (hub.join("one"), hub.join("two"), hub.join("none"));
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

#[test]
fn a_message_can_go_to_one_client() {
    let hub = hub();
    let (first, second, other) = (hub.join("a"), hub.join("a"), hub.join("b"));
    assert_eq!(hub.send_to("a", Channel::SYSTEM_ALERTS, "hello", json!(1)), 2);
    assert_eq!(hub.send_to("nobody", Channel::SYSTEM_ALERTS, "hello", json!(1)), 0);
    deliver(&hub);
    assert_eq!([heard(&first).0.len(), heard(&second).0.len(), heard(&other).0.len()], [1, 1, 0]);
    drop((first, second));
    assert_eq!(hub.send_to("a", Channel::SYSTEM_ALERTS, "hello", json!(1)), 0);
}

#[test]
fn a_slow_reader_loses_its_own_oldest_and_is_told() {
    let hub = hub();
    let slow = hub.join("slow");
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
    let late = hub.join("late");
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
    let back = hub.join("back");
    assert_eq!(back.replay(Channel::SCENE, 1_000_001), Replayed { events: 0, complete: false });
    hub.publish(Channel::SCENE, "changed", json!(1));
    deliver(&hub);
    assert_eq!(back.replay(Channel::SCENE, 1_000_001), Replayed { events: 1, complete: false });
    assert_eq!(back.replay(Channel::SCENE, 2_000_000), Replayed { events: 1, complete: true });
}

#[test]
fn figures_as_documented_and_empty_channels_go() {
    let hub = hub();
    let (one, two) = (hub.join("one"), hub.join("two"));
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
    let (heard_both, other) = (hub.join("both"), hub.join("other"));
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
