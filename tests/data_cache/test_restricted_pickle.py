"""Plain data comes out as Python's own reader gives it; nothing else comes out, and nothing is imported or called."""

import contextlib
import os
import pickle
import pickletools
import sys
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.restricted_pickle import (
    MOST_DEPTH,
    Budget,
    Damaged,
    Function,
    PickleReader,
    Record,
    Refused,
    inert,
    shortened,
)

NAMES = {("builtins", "set"): Function(lambda items: set(items)), ("collections", "OrderedDict"): Function(OrderedDict)}


def read(content: bytes, admit=lambda module, name: NAMES.get((module, name)), persistent=None) -> object:
    return PickleReader(memoryview(content), admit, Budget(100_000, 100_000), persistent).load()


KEYS = st.text() | st.integers(-(2**31), 2**31 - 1)
LEAVES = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text()
DATA = st.recursive(
    LEAVES | st.sets(KEYS, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.dictionaries(KEYS, inner, max_size=5).map(OrderedDict)
    ),
    max_leaves=20,
)


def types(data: object) -> object:
    if isinstance(data, dict):
        return type(data), [(key, types(value)) for key, value in data.items()]
    if isinstance(data, list | tuple):
        return type(data), [types(part) for part in data]
    return type(data)


@given(DATA, st.integers(2, pickle.HIGHEST_PROTOCOL))
def test_plain_data_is_what_pythons_reader_gives(data, protocol):
    drawn = read(pickle.dumps(data, protocol))
    assert drawn == data
    assert types(drawn) == types(data)  # 1 and True and 1.0 are equal


@given(st.lists(st.binary(max_size=300)), st.integers(3, pickle.HIGHEST_PROTOCOL))
def test_bytes_are_views_of_the_file(data, protocol):
    drawn = read(pickle.dumps(data, protocol))
    assert drawn == data
    assert all(isinstance(part, memoryview) for part in drawn)


def test_pickles_one_after_the_other_and_what_is_shared_in_them():
    part = [1]
    content = pickle.dumps([part, part], 2) + pickle.dumps("b", 4)
    reader = PickleReader(memoryview(content), lambda *_: None, Budget(100, 100))
    first, second = reader.load()
    assert first is second
    assert reader.load() == "b"
    assert reader.position == len(content)


class Evil:
    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("function", "name"), [(os.system, f"{os.name}.system"), (eval, "builtins.eval"), (Path.touch, "builtins.getattr")]
)
def test_a_name_that_is_not_let_in_is_said(function, name, protocol):
    if function is Path.touch and protocol >= 4:
        name = "pathlib.Path.touch"
    with pytest.raises(Refused, match=f"^{name}$"):
        read(pickle.dumps(Evil(function, "true"), protocol))


def test_a_module_that_is_named_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "imported_by_a_pickle.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    content = b"\x80\x02cimported_by_a_pickle\nthing\n."
    with pytest.raises(Refused, match=r"^imported_by_a_pickle\.thing$"):
        read(content)
    assert read(content, inert).make().name == "imported_by_a_pickle.thing"
    assert "imported_by_a_pickle" not in sys.modules


@pytest.mark.parametrize("name", [b"a b", b"\x1b[31m", b"a." + 300 * b"b", b"", b"a..b", 3000 * b"\xc3\xa4"])
def test_what_is_no_name_is_never_handed_on(name):
    text = b"X" + len(name).to_bytes(4, "little") + name
    with pytest.raises(Refused) as caught:
        read(b"\x80\x04" + text + text + b"\x93.", inert)
    assert len(str(caught.value)) <= 80
    assert str(caught.value).isprintable()


def test_an_object_becomes_a_record_of_what_the_pickle_says():
    content = b"\x80\x02cours\nThing\n)\x81}X\x04\x00\x00\x00sizeK\x03sb."
    drawn = read(content, inert)
    assert isinstance(drawn, Record)
    assert (drawn.name, drawn.arguments, drawn.state) == ("ours.Thing", (), {"size": 3})


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02cours\nThing\n}X\x01\x00\x00\x00aK\x01sb.",  # a state for what stands for a class
        b"\x80\x02}}b.",  # for a dict
        b"\x80\x02cours\nThing\n)\x81}b}b.",  # a second one
        b"\x80\x02K\x01)R.",  # a call of a number
        b"\x80\x02cours\nThing\n]R.",  # with a list
        b"\x80\x02cours\nThing\n)R)R.",  # a call of a record
        b"\x80\x02K\x01Q.",  # something stored outside
        b"\x80\x02K\x010.",  # an instruction that data does not need
        b"\x80\x02\x82\x01.",  # a name by a number
        b"\x80\x02}NK\x01s.",  # keys that are neither text nor integers
        b"\x80\x02})K\x01s.",
        b"\x80\x02}\x88K\x01s.",
        b"\x80\x02}\x8a\x05\x00\x00\x00\x80\x00K\x01s.",
    ],
)
def test_instructions_that_are_refused(content):
    with pytest.raises(Refused):
        read(content, inert)


def test_an_old_protocol_is_said():
    with pytest.raises(Refused, match=r"pickle of protocol 0 or 1, or none \(save it again with protocol 2 or later"):
        read(pickle.dumps({"task": 1.5, "dims": [3, 4]}, protocol=0), inert)


def test_what_is_stored_outside_is_asked_for():
    assert read(b"\x80\x02K\x05Q.", persistent=lambda saved: ("kept", saved)) == ("kept", 5)


def test_a_call_pays_for_what_it_is_given():
    content = b"\x80\x02c__builtin__\nset\n](" + 50 * b"K\x01" + b"e\x85R."
    for steps, enough in ((110, True), (108, False)):
        reader = PickleReader(memoryview(content), lambda *name: NAMES[name], Budget(steps, 100))
        if enough:
            assert reader.load() == {1}
        else:
            with pytest.raises(Refused, match="more instructions"):
                reader.load()


def test_text_is_paid_for():
    content = pickle.dumps(["aä", "b"], 4)
    assert PickleReader(memoryview(content), inert, Budget(100, 4)).load() == ["aä", "b"]
    with pytest.raises(Refused, match="text"):
        PickleReader(memoryview(content), inert, Budget(100, 3)).load()


def nested(depth: int, kind: int) -> bytes:
    wrapped = ((b"]", b"a"), (b"", b"\x85"), (b"}K\x01", b"s"), (b"cours\nThing\n", b"\x85R"))[kind]
    return b"\x80\x02" + (depth - 1) * wrapped[0] + b")" + (depth - 1) * wrapped[1] + b"."


@pytest.mark.parametrize("kind", range(4))
def test_nesting_ends_at_a_hundred(kind):
    levels = MOST_DEPTH if kind < 3 else MOST_DEPTH // 2  # a record and its arguments are two
    read(nested(levels, kind), inert)
    with pytest.raises(Refused, match="nested too deep"):
        read(nested(levels + 1, kind), inert)


def test_nesting_built_from_the_outside_is_seen_too():
    linked = b"(" + b"".join(b"]r" + index.to_bytes(4, "little") for index in range(MOST_DEPTH + 1))
    for index in range(MOST_DEPTH):
        linked += b"j" + index.to_bytes(4, "little") + b"j" + (index + 1).to_bytes(4, "little") + b"a"
    with pytest.raises(Refused, match="nested too deep"):
        read(b"\x80\x02" + linked + b"t.")


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps((cycle := [1]).append(cycle) or cycle, 2),
        pickle.dumps((ring := {}).update(a=[ring]) or ring, 2),
    ],
)
def test_a_structure_that_contains_itself_is_refused(content):
    with pytest.raises(Refused, match="nested too deep"):
        read(content)


@given(st.binary(max_size=60))
def test_any_bytes_at_all(content):
    for start in (b"", b"\x80\x04"):
        try:
            read(start + content + b".", inert, lambda saved: saved)
        except (Refused, Damaged):
            continue


@given(st.lists(st.sampled_from([code.code.encode("latin1") for code in pickletools.opcodes]), max_size=30), st.data())
def test_any_instructions_at_all(codes, data):
    content = b"\x80\x02" + b"".join(code + data.draw(st.sampled_from([b"", b"\x00", b"\x01a"])) for code in codes)
    with contextlib.suppress(Refused, Damaged):
        read(content + b".", inert, lambda saved: saved)


@given(DATA, st.data())
def test_a_byte_changed(data_in, data):
    content = bytearray(pickle.dumps(data_in, data.draw(st.integers(2, 5))))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused, Damaged):
        read(bytes(content), inert)


@pytest.mark.parametrize("size", range(1, 40))
def test_cut_short(size):
    content = pickle.dumps({"a": [1, 2.5, ("b", None)], "c": {1: True}}, 4)
    assert len(content) > 40
    with pytest.raises(Damaged):
        read(content[:size])


@pytest.mark.parametrize(
    "body", [b"", b"NN", b"(", b"N(", b"(N", b"h\x00", b"a", b"s", b"t", b"\x85", b"R", b"b", b"\x93"]
)
def test_a_stack_that_is_not_left_with_one_thing(body):
    with pytest.raises(Damaged):
        read(b"\x80\x04" + body + b".")


def test_text_of_a_file_in_a_sentence():
    assert shortened("os.system") == "os.system"
    assert shortened("a\n\x1b[0mb") == "a??[0mb"
    assert shortened(80 * "a") == 80 * "a"
    assert shortened(81 * "a") == 79 * "a" + "…"
