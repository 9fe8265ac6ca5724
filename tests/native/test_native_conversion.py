"""Values through the boundary: JSON to Python and back, nothing lost, nothing without an answer."""

from __future__ import annotations

import collections
import enum
import json
import math
import struct

import pytest
from wire import Client


def returned(bridge, ask, value):
    """What a client reads when a command returns this."""
    bridge.register("give", lambda: value)
    reply = ask("give")
    assert reply["status"] == "success", reply
    return reply["result"]


# ---- both ways ----

EXACT = [
    None, True, False, 0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 + 1, 10**400, -(10**4500),
    0.1, -0.0, 1e-320, 5e-324, 1.7976931348623157e308, 1e16, 123456789.123456789, math.pi,
    "", "é中😀", "\x00\x01\"\\/\b\f\n\r\t\x7f\u2028", "😀" * 1000,
    [], {}, [[], {}, [[]]], {"": {"": [None]}}, {"a": 1, "b": [1, 2.5, "x", {"c": None}]},
    {"name": "shadows", "value": "nothing"}, [1, 1.0, True],
]  # fmt: skip


def test_what_json_can_hold_comes_back_as_it_was(bridge, served):
    got = []

    def keep(value):
        got.append(value)
        return value

    bridge.register("keep", keep)

    def talk(address):
        with Client(address) as client:
            for value in EXACT:
                client.send(json_of({"type": "keep", "params": {"value": value}}))
            return [exact_json(client)["result"] for _ in EXACT]

    back = served(talk)
    for value, inside, outside in zip(EXACT, got, back, strict=True):
        assert (shape(inside), shape(outside)) == (shape(value), shape(value))


def json_of(value):
    """As json.dumps, without Python's limit on the digits of an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return decimal(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{json_of(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    return json.dumps(value)


def decimal(number):
    if abs(number) < 10**4000:
        return str(number)
    high, low = divmod(abs(number), 10**4000)
    return f"{'-' if number < 0 else ''}{decimal(high)}{low:04000d}"


def exact_json(client):
    """The next reply, read as `Client.receive` does but with integers of any length."""
    text = b""
    while not text.endswith(b"\n"):
        text += client.socket.recv(1)
    return json.loads(text, parse_int=lambda digits: digits if len(digits) > 4000 else int(digits))


def shape(value):
    """Values with their exact types and bits: 1, 1.0 and True differ, so do 0.0 and -0.0."""
    if isinstance(value, float):
        return "float", struct.pack("d", value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**4000:
        return "str", decimal(value)
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return type(value).__name__, value


def test_doubles_of_every_magnitude_come_back_bit_for_bit(bridge, ask):
    doubles = [struct.unpack("d", struct.pack("Q", bits << 48 | bits * 40503))[0] for bits in range(0x7FEF)]
    bridge.register("sum_up", lambda values: values)
    back = ask("sum_up", {"values": doubles})["result"]
    assert back == doubles and {type(value) for value in back} == {float}


def test_an_escaped_surrogate_pair_is_one_character_and_a_lone_one_is_refused(bridge, served):
    bridge.register("keep", lambda value: [value, len(value)])

    def talk(address):
        with Client(address) as client:
            client.send(r'{"type":"keep","params":{"value":"\ud83d\ude00"}}')
            pair = client.receive()
            client.send(r'{"type":"keep","params":{"value":"\ud83d"}}')
            return pair, client.receive(), client.result("keep", {"value": "after"})

    pair, lone, after = served(talk)
    assert pair["result"] == ["😀", 1]
    assert lone["code"] == "invalid_json"
    assert after == ["after", 5]


def test_nesting_up_to_the_limit_reaches_python(bridge, ask):
    bridge.register("depth", lambda value: str(value).count("["))
    # The message and its params are two levels, the arrays the rest of 128.
    nested = json.loads("[" * 126 + "]" * 126)
    assert ask("depth", {"value": nested})["result"] == 126
    assert ask("depth", {"value": [nested]})["code"] == "too_deep"


# ---- what JSON cannot hold ----


class Fraction(float):
    def __repr__(self):
        return "a fraction"


class Number(int):
    def __str__(self):
        return "a number"


class Axis(enum.IntEnum):
    X = 7


class Mute:
    def __repr__(self):
        raise RuntimeError("freed")


class Plain:
    def __repr__(self):
        return "Plain('\"\\é')"


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "nan"),
        ([math.inf, -math.inf], ["inf", "-inf"]),
        (b"\x00\xff", r"b'\x00\xff'"),
        ({3}, "{3}"),
        (frozenset(), "frozenset()"),
        (1 + 2j, "(1+2j)"),
        (range(3), "range(0, 3)"),
        (Ellipsis, "Ellipsis"),
        (Plain(), "Plain('\"\\é')"),
        ([Mute(), 1], ["<Mute>", 1]),
        ({"a": Mute()}, {"a": "<Mute>"}),
        (Fraction(0.5), 0.5),
        ([Number(5), Axis.X, True], [5, 7, True]),
        (Point(1, (2,)), [1, [2]]),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({1: "a", 2.5: "b", False: "c", None: "d", (1, 2): "e", b"k": "f"},
         {"1": "a", "2.5": "b", "false": "c", "null": "d", "(1, 2)": "e", "b'k'": "f"}),
        ({math.nan: 1, 10**30: 2}, {"nan": 1, str(10**30): 2}),
        ("a\ud800b", r"a\ud800b"),
        ({"\udcff": 1}, {r"\udcff": 1}),
    ],
)  # fmt: skip
def test_the_rest_becomes_its_repr(bridge, ask, value, expected):
    got = returned(bridge, ask, value)
    assert got == expected and str(got) == str(expected)


def test_cycles_end(bridge, ask):
    ring = [1]
    ring.append(ring)
    assert returned(bridge, ask, ring) == [1, "[...]"]
    owner = {"children": []}
    owner["children"].append({"name": "child", "parent": owner})
    assert returned(bridge, ask, owner) == {"children": [{"name": "child", "parent": "{...}"}]}
    shared = [1]
    assert returned(bridge, ask, [shared, shared]) == [[1], [1]]


def test_nesting_without_end_ends(bridge, ask):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    text = json.dumps(returned(bridge, ask, deep))
    assert text == "[" * 200 + '"[...]"' + "]" * 200


def test_growth_without_end_is_an_error_and_not_memory(bridge, ask):
    laughs = "ha"
    for _ in range(40):
        laughs = [laughs, laughs]  # 2 ** 40 strings
    assert_too_large(bridge, ask, laughs)
    assert_too_large(bridge, ask, dict.fromkeys(range(2**13), "x" * 2**20))


def assert_too_large(bridge, ask, value):
    bridge.register("give", lambda: value)
    reply = ask("give")
    assert reply["code"] == "command_failed"
    assert "larger than 268435456 bytes" in reply["message"]


def test_a_tightly_knit_graph_ends(bridge, ask):
    """Each node refers to all: written out it would be as long as 300! is large."""
    nodes = [{"name": number} for number in range(300)]
    for node in nodes:
        node["to"] = list(nodes)
    assert_too_large(bridge, ask, nodes)


def test_a_container_that_changes_while_it_is_written_is_an_error(bridge, ask):
    growing = {}

    class Growing:
        def __repr__(self):
            growing[len(growing)] = Growing()
            return "grown"

    growing["first"] = Growing()
    bridge.register("give", lambda: growing)
    assert ask("give")["status"] == "error"
    assert returned(bridge, ask, "still here") == "still here"


# ---- encode ----


def test_encoded_json_is_spliced_where_it_stands(native, bridge, ask):
    early = native.encode({"a": [1, math.nan]})
    assert bytes(early) == b'{"a":[1,"nan"]}' and repr(early) == 'Encoded({"a":[1,"nan"]})'
    assert returned(bridge, ask, {"x": [early, early], "y": 1}) == {"x": [{"a": [1, "nan"]}] * 2, "y": 1}
    assert bytes(native.encode([early], strict=True)) == b'[{"a":[1,"nan"]}]'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, {"b": {1}}]}, "result['a'][1]['b']: set is not JSON serializable"),
        (b"", "result: bytes is not JSON serializable"),
        ([math.nan], "result[0]: NaN is not a JSON number"),
        ({"x": -math.inf}, "result['x']: -inf is not a JSON number"),
        ({"x": {(1, 2): 3}}, "result['x']: a key is a tuple, not a string"),
        ([[Mute()]], "result[0][0]: Mute is not JSON serializable"),
    ],
)
def test_strict_encoding_names_the_place(native, value, message):
    with pytest.raises(TypeError) as raised:
        native.encode(value, strict=True)
    assert str(raised.value) == message


def test_strict_encoding_refuses_cycles_and_depth(native):
    ring = {}
    ring["self"] = [ring]
    with pytest.raises((TypeError, ValueError), match=r"result\['self'\]\[0\]: contains itself"):
        native.encode(ring, strict=True)
    deep = []
    for _ in range(250):
        deep = [deep]
    with pytest.raises((TypeError, ValueError), match="deeper than 200 levels"):
        native.encode(deep, strict=True)


def test_strict_encoding_takes_what_json_can_hold(native):
    value = {"a": [1, 2.5, "x", None, True, [], {}], "b": (1, Axis.X)}
    assert json.loads(bytes(native.encode(value, strict=True))) == {**value, "b": [1, 7]}
