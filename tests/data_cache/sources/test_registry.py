"""Datasets by name."""

from pathlib import Path

import pytest

from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT, bundled_cases
from data_cache.errors import InputError
from data_cache.sources import chexlocalize
from data_cache.sources.registry import SOURCES, find_cases, find_source, open_source, registered


@pytest.mark.parametrize("entry", SOURCES.values(), ids=SOURCES)
def test_an_entry_says_what_it_is(entry):
    assert entry.label and entry.words.endswith(".") and any(character.isdigit() for character in entry.paper)
    assert find_source(entry.key) is entry


def test_the_bundled_cases_need_no_root():
    assert [case.id for case in find_cases("demo", None)] == [case.id for case in bundled_cases()]


def test_a_root_gives_the_cases_that_its_own_reader_gives():
    for key in ("chexlocalize", "phantom"):
        dataset = open_source(key, DEMO_ROOT)
        assert dataset.splits() == CheXlocalize(DEMO_ROOT).splits() == ("test",)
        assert [case.id for case in find_cases(key, DEMO_ROOT, "test")] == [c.id for c in dataset.cases("test")]


@pytest.mark.parametrize(
    ("key", "root", "split", "words"),
    [
        ("nil", None, None, "Unknown source 'nil': expected one of chexlocalize, phantom, demo"),
        ("chexlocalize", None, None, "give --root"),
        ("chexlocalize", Path("nowhere"), None, "found none; check the path"),
        ("demo", None, "val", "found 'val'; choose another"),
    ],
)
def test_what_is_not_there_is_named(key, root, split, words):
    with pytest.raises(InputError, match=words):
        find_cases(key, root, split)


def test_a_key_stands_once():
    with pytest.raises(ValueError, match="demo twice"):
        registered((chexlocalize.DEMO, chexlocalize.DEMO))
