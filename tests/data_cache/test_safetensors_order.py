"""Files of tensors: the same content is the same bytes, and reads as before."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import numpy as safetensors_numpy

from data_cache.safetensors_order import in_order

TEXT = {name: name * 3 for name in ["zebra", "yak", "ant", "bee", "cow", "dog", "éléphant"]}


def test_the_order_of_the_text_is_not_left_to_chance() -> None:
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.arange(3, dtype=np.uint8)}
    files = {in_order(safetensors_numpy.save(tensors, TEXT)) for _ in range(20)}
    (content,) = files
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    assert list(json.loads(content[8 : 8 + length])["__metadata__"]) == sorted(TEXT)
    for name, tensor in safetensors_numpy.load(content).items():
        np.testing.assert_array_equal(tensor, tensors[name])


@pytest.mark.parametrize("text", [None, {}, {"a": 'quote " and \\ and \n'}])
def test_without_text_and_with_odd_text(text: dict[str, str] | None) -> None:
    content = in_order(safetensors_numpy.save({"a": np.ones(3)}, text))
    np.testing.assert_array_equal(safetensors_numpy.load(content)["a"], np.ones(3))
    length = int.from_bytes(content[:8], "little")
    assert (json.loads(content[8 : 8 + length]).get("__metadata__") or {}) == (text or {})


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4))
def test_any_text_comes_back(text: dict[str, str]) -> None:
    content = in_order(safetensors_numpy.save({"a": np.ones(1)}, text))
    length = int.from_bytes(content[:8], "little")
    assert json.loads(content[8 : 8 + length]).get("__metadata__", {}) == text
    assert safetensors_numpy.load(content)["a"] == 1
