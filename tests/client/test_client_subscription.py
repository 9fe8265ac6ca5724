"""Catching up without a socket: whatever comes live and again, each event is told once, in the ids' order."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from tenon_client.effects import ConnectionLost
from tenon_client.subscription import Subscription
from test_client_codec import TEXT, sent, unmasked


def connected(subscription):
    """Opens a new connection; the actions it asked for."""
    key = subscription.connected().decode().split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    answer = b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: %s\r\n\r\n" % base64.b64encode(digest)
    assert subscription.receive(answer) == []
    out, actions = subscription.take_outgoing(), []
    while out:
        length = 2 + 4 + (out[1] & 0x7F)
        action = json.loads(unmasked(out[:length])[1])
        actions.append((action["action"], action.get("channel"), action.get("since")))
        out = out[length:]
    return actions


def told(subscription, *messages):
    """The ids (or types) of what these messages have it tell."""
    stream = b"".join(sent(TEXT, json.dumps(message).encode()) for message in messages)
    return [event["id"] or event["type"] for event in subscription.receive(stream)]


def event(number, channel="tasks"):
    return {"type": "x", "channel": channel, "data": {}, "timestamp": "t", "id": number}


def subscribed(channel="tasks"):
    return {"type": "subscribed", "channel": channel, "timestamp": "t"}


def replay(channel="tasks", complete=True):
    return {"type": "replay", "channel": channel, "since": 0, "complete": complete, "timestamp": "t"}


PONG = {"type": "pong", "timestamp": "t"}


@pytest.fixture
def subscription():
    return Subscription("h", ("tasks", "scene"), None, "c", None)


def test_the_first_time_nothing_from_before_is_told(subscription):
    assert connected(subscription) == [
        ("replay", "tasks", 0),
        ("replay", "scene", 0),
        ("subscribe", "tasks", None),
        ("subscribe", "scene", None),
        ("ping", None, None),
    ]
    before = [replay(complete=False), event(3), replay("scene"), event(5, "scene")]
    assert told(subscription, *before, subscribed(), event(6), subscribed("scene"), PONG) == [6]
    assert subscription.is_caught_up
    assert told(subscription, event(7), event(8, "scene")) == [7, 8]


def test_after_a_loss_it_is_told_from_the_last_each_once_in_order(subscription):
    connected(subscription)
    told(subscription, replay(), replay("scene"), subscribed(), subscribed("scene"), PONG, event(10))
    assert connected(subscription) == [
        ("subscribe", "tasks", None),
        ("subscribe", "scene", None),
        ("replay", "tasks", 10),
        ("replay", "scene", 10),
        ("ping", None, None),
    ]
    live = [subscribed(), event(15), subscribed("scene"), event(16, "scene")]
    again = [replay(), event(11), event(15), replay("scene"), event(12, "scene"), event(16, "scene")]
    assert told(subscription, *live, *again) == [], "it is not caught up"
    assert told(subscription, event(17), PONG) == [11, 12, 15, 16, 17]
    assert told(subscription, event(17), event(16), event(18)) == [18]


def test_a_loss_before_the_first_event_is_replayed_from_where_it_began(subscription):
    connected(subscription)
    told(subscription, replay(), event(4), replay("scene"), subscribed(), subscribed("scene"), PONG)
    assert ("replay", "tasks", 4) in connected(subscription)


def test_what_is_gone_is_said(subscription):
    connected(subscription)
    told(subscription, replay(), replay("scene"), subscribed(), subscribed("scene"), PONG, event(10))
    assert told(subscription, {"type": "missed", "count": 7, "timestamp": "t"}, event(20)) == ["missed", 20]
    connected(subscription)
    again = [subscribed(), subscribed("scene"), replay(complete=False), event(31), replay("scene"), PONG]
    assert told(subscription, *again) == ["missed", 31]


def test_a_loss_while_catching_up_tells_nothing_twice(subscription):
    connected(subscription)
    told(subscription, replay(), replay("scene"), subscribed(), subscribed("scene"), PONG, event(10))
    for _ in range(2):
        assert ("replay", "tasks", 10) in connected(subscription)
        assert told(subscription, subscribed(), subscribed("scene"), replay(), event(11)) == []
    assert told(subscription, replay("scene"), PONG) == [11]


def test_silence_is_asked_about_once():
    subscription = Subscription("h", ("tasks",), 0, "c", None)
    connected(subscription)
    subscription.on_idle()
    assert unmasked(subscription.take_outgoing())[0] == 9, "a ping"
    with pytest.raises(ConnectionLost, match="silent"):
        subscription.on_idle()
    connected(subscription)
    subscription.on_idle()
    told(subscription, PONG)
    subscription.on_idle()
