"""The reading of server-sent events, at every cut of the bytes, and of header values."""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.mcp_stdio.event_stream import events
from tenon_client.mcp_stdio.mcp_protocol import header_value

STREAM = (
    ": a comment\n\n"
    "retry: 3000\nid: 0\ndata:\n\n"  # what a server primes a stream with
    "event: message\ndata: one\n\n"
    "data: two\r\ndata:  ü\r\n\r\n"
    "data: three\r\r"
    "datadog: no\n\n"
    "data: unfinished\n"
).encode()
SAID = [b"one", "two\n ü".encode(), b"three"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, len(STREAM)])
def test_events_are_found_whatever_the_pieces(size):
    cuts = [*range(0, len(STREAM), size), len(STREAM)]
    assert list(events(STREAM[begin:end] for begin, end in pairwise(cuts))) == SAID


def test_each_cut_in_two():
    for cut in range(len(STREAM) + 1):
        assert list(events([STREAM[:cut], STREAM[cut:]])) == SAID


def test_a_large_event_costs_no_more_than_its_bytes():
    piece = b"x" * (1 << 16)

    def seconds(pieces):
        begin = time.perf_counter()
        [event] = events([b"data: ", *[piece] * pieces, b"\n\n"])
        assert len(event) == pieces << 16
        return time.perf_counter() - begin

    small, large = min(seconds(64) for _ in range(3)), seconds(1024)
    assert large < max(small, 0.002) * 160, "sixteen times the bytes"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("blender://object/Cube", "blender://object/Cube"),
        ("a b", "a b"),
        ("", ""),
        (" a", "=?base64?IGE=?="),
        ("a\n", "=?base64?YQo=?="),
        ("立方体", "=?base64?56uL5pa55L2T?="),
        ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
    ],
)
def test_header_values(text, value):
    assert header_value(text) == value
