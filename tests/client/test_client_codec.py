"""Bytes in and out, without a socket: replies in any pieces, errors by their code, frames by RFC 6455."""

from __future__ import annotations

import base64
import hashlib
import json
import struct

import pytest
import tenon_client
from tenon_client.codec import ReplyReader, encode, result_of_reply
from tenon_client.effects import ConnectionLost
from tenon_client.errors import error_of
from tenon_client.websocket_frames import CLOSE, PING, PONG, TEXT, WebSocket, frame

REPLIES = [
    {"status": "success", "result": text, "id": at} for at, text in enumerate(["", "ä\n{}", "x" * 999])
]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100, 10_000])
def test_replies_come_in_any_pieces(piece):
    stream = b"".join(json.dumps(reply, ensure_ascii=False).encode() + b"\n" for reply in REPLIES)
    replies, found = ReplyReader(), []
    for at in range(0, len(stream), piece):
        given = stream[at : at + piece]
        while (reply := replies.feed(given)) is not None:
            found.append(reply)
            given = b""
    assert found == REPLIES


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b"[]\n", b'{"result":1}\n', b"\xff\n", b"HTTP/1.1 400 Bad\r\n"]
)
def test_what_is_no_reply_is_told(line):
    with pytest.raises(ValueError):
        ReplyReader().feed(line)


def test_a_message_is_one_line():
    assert encode({"type": "x", "params": {"text": "a\nä"}}).count(b"\n") == 1


def test_an_error_is_of_its_kind_with_what_came_beside_it():
    reply = {"status": "error", "message": "too long", "code": "timeout", "task_id": "t", "id": 1}
    with pytest.raises(tenon_client.CommandTimeout, match="too long") as caught:
        result_of_reply(reply)
    assert (caught.value.data, caught.value.task_id) == ({"task_id": "t"}, "t")


@pytest.mark.parametrize("code", ["later_code", "internal", None])
def test_a_code_without_a_kind_is_a_plain_error(code):
    error = error_of({"code": code, "message": "m"})
    assert type(error) is tenon_client.TenonError and error.code == (code or "internal")


def test_every_kind_has_a_code_of_its_own():
    kinds = [
        kind
        for kind in vars(tenon_client).values()
        if isinstance(kind, type) and issubclass(kind, tenon_client.TenonError)
    ]
    codes = {kind.CODE for kind in kinds if kind is not tenon_client.TenonError}
    assert len(codes) == len(kinds) - 1


def opened():
    """A WebSocket whose opening was answered."""
    socket = WebSocket("127.0.0.1", "/ws?client_id=x", token="secret")
    asked = bytes(socket.outgoing).decode()
    assert (
        asked.startswith("GET /ws?client_id=x HTTP/1.1\r\n") and "Authorization: Bearer secret\r\n" in asked
    )
    socket.outgoing.clear()
    key = asked.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    answer = b"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: %s\r\n\r\n"
    assert socket.receive(answer % base64.b64encode(digest)) == [] and socket.is_open
    return socket


def sent(kind, payload, last=True):
    """A server's frame."""
    length = len(payload)
    head = bytes([0x80 * last | kind])
    if length < 126:
        return head + bytes([length]) + payload
    if length < 1 << 16:
        return head + struct.pack("!BH", 126, length) + payload
    return head + struct.pack("!BQ", 127, length) + payload


def unmasked(data):
    """Kind and payload of a client's one frame."""
    assert data[0] & 0x80 and data[1] & 0x80, "whole, and masked"
    length, start = data[1] & 0x7F, 2
    if length >= 126:
        code, start = ("!H", 4) if length == 126 else ("!Q", 10)
        (length,) = struct.unpack_from(code, data, 2)
    mask, payload = data[start : start + 4], data[start + 4 :]
    assert len(payload) == length
    return data[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@pytest.mark.parametrize("length", [0, 1, 3, 4, 125, 126, 127, 65535, 65536, 100_001])
def test_frames_out_are_masked_whole_and_read_back(length):
    payload = bytes(at % 251 for at in range(length))
    assert unmasked(frame(TEXT, payload)) == (TEXT, payload)


@pytest.mark.parametrize("piece", [1 << 20, 4093, 7, 1])
@pytest.mark.parametrize("length", [0, 6, 124, 126, 65534, 65536])
def test_texts_in_of_any_length_in_any_pieces(length, piece):
    socket, text = opened(), "ä" * (length // 2)
    stream = sent(TEXT, text.encode()) * 2
    found = [each for at in range(0, len(stream), piece) for each in socket.receive(stream[at : at + piece])]
    assert found == [text, text] and socket.ended is None


def test_the_examples_of_the_rfc():
    for stream, text in [
        (bytes.fromhex("810548656c6c6f"), "Hello"),
        (bytes.fromhex("010348656c80026c6f"), "Hello"),
        (b"\x82" + bytes.fromhex("0548656c6c6f"), None),  # binary: Tenon sends none
    ]:
        socket = opened()
        assert socket.receive(stream) == ([text] if text else [])
        assert bool(socket.ended) is (text is None)


def test_a_ping_between_the_pieces_of_a_text_is_answered():
    socket = opened()
    stream = sent(TEXT, b"Hel", last=False) + sent(PING, b"there?") + sent(PONG, b"") + sent(0, b"lo")
    assert socket.receive(stream) == ["Hello"]
    assert unmasked(bytes(socket.outgoing)) == (PONG, b"there?")


def test_texts_before_the_end_are_told_and_the_end_is_answered():
    socket = opened()
    stream = sent(TEXT, b"last") + sent(CLOSE, b"\x03\xe9Tenon is stopping") + sent(TEXT, b"never")
    assert socket.receive(stream) == ["last"]
    assert socket.ended and socket.ended.reason == "Tenon is stopping"
    assert unmasked(bytes(socket.outgoing)) == (CLOSE, b"\x03\xe9")


@pytest.mark.parametrize(
    "stream",
    [
        b"\x81\x85mask\x00\x00\x00\x00\x00",
        b"\xc1\x00",
        sent(0, b"lo"),
        sent(TEXT, b"a", last=False) + sent(TEXT, b"b"),
        sent(PING, b"", last=False),
        sent(PING, b"x" * 126),
        sent(3, b""),
        sent(TEXT, b"\xff"),
        b"\x81\x7f" + struct.pack("!Q", 1 << 40),
    ],
    ids=[
        "masked",
        "reserved bit",
        "no beginning",
        "no end",
        "part of a ping",
        "long ping",
        "kind",
        "utf-8",
        "huge",
    ],
)
def test_what_no_server_may_send_ends_it(stream):
    socket = opened()
    assert socket.receive(stream) == []
    assert isinstance(socket.ended, ConnectionLost)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            b'HTTP/1.1 401 x\r\nContent-Length: 46\r\n\r\n{"error":{"code":"unauthorized","message":"t"}}',
            "u",
        ),
        (
            b'HTTP/1.1 503 x\r\nContent-Length: 47\r\n\r\n{"error":{"code":"queue_full","message":"full"}}',
            "l",
        ),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "l"),
        (b"HTTP/1.1 101 x\r\nsec-websocket-accept: wrong\r\n\r\n", "l"),
    ],
    ids=["refused", "full", "something else", "no WebSocket"],
)
def test_an_opening_that_is_not_agreed_to(answer, kind):
    socket = WebSocket("127.0.0.1", "/ws")
    if kind == "u":
        with pytest.raises(tenon_client.Unauthorized, match="t"):
            for at in range(len(answer)):
                socket.receive(answer[at : at + 1])
    else:
        socket.receive(answer)
        assert socket.ended and not socket.is_open
