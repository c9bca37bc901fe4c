"""Settings as YAML from strangers: plain values, and one sentence for everything else."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data_cache.errors import InputError
from data_cache.yaml_files import MAX_BYTES, read_yaml
from models.training.config import load_config

MERGE_BOMB = "b0: &b0 {k: 1}\n" + "".join(
    f"b{level}: &b{level} {{<<: [{','.join([f'*b{level - 1}'] * 9)}]}}\n" for level in range(1, 12)
)
LAUGHS = "a: &a [lol]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BROKEN = {
    "a tag that no value fits: bool": "seed: !!bool x\n",
    "int": "seed: !!int x\n",
    "empty int": "seed: !!int ''\n",
    "float": "seed: !!float x\n",
    "empty float": "seed: !!float ''\n",
    "timestamp": "seed: !!timestamp x\n",
    "binary that is not ASCII": "seed: !!binary ü\n",
    "set": "seed: !!set x\n",
    "pairs": "seed: !!pairs [1]\n",
    "a date that is none": "name: 2001-99-99\n",
    "a moment that is none": "name: 2001-01-01T99:99:99\n",
    "hexadecimal without digits": "seed: 0x_\n",
    "binary digits without digits": "seed: 0b_\n",
    "a number of many digits": f"seed: {'9' * 5000}\n",
    "deep lists": f"a: {'[' * 200}{']' * 200}\n",
    "deep mappings": f"a: {'{a: ' * 1000}1{'}' * 1000}\n",
    "deep blocks": "".join(f"{' ' * depth}a:\n" for depth in range(200)),
    "a merge bomb": MERGE_BOMB,
    "a billion laughs": LAUGHS,
    "a list that holds itself": "a: &a [*a]\n",
    "a merge of no mapping": "<<: 1\n",
    "a key that is a list": "? [a]\n: 1\n",
    "a key that is a number": "1: 2\n",
    "a key that is a date": "2001-01-01: 2\n",
    "python": "a: !!python/object/apply:os.getcwd []\n",
    "python's name": "a: !!python/name:os.getcwd\n",
    "an unknown tag": "a: !mine 1\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "an open bracket": "a: [1\n",
    "an open quote": "a: 'x\n",
    "a tabulator": "a:\n\t- 1\n",
    "a control sign": "a: \x01\n",
    "a reference to nothing": "a: *b\n",
    "a list": "- 1\n",
    "a word": "word\n",
    "nothing": "",
    "a colon": ":\n",
}


@pytest.mark.parametrize("read", [lambda path: read_yaml(path, "settings"), load_config], ids=["read_yaml", "config"])
@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_plain_yaml_is_one_sentence(tmp_path: Path, text: str, read: Callable[[Path], object]) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith("Expected")
    assert "broken.yaml" in message
    assert "\n" not in message
    assert len(message) < 500


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: \xc3\x28\n", bytes(range(256))])
def test_what_is_no_text_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"Expected YAML in broken.yaml, found something else"):
        read_yaml(tmp_path / "broken.yaml", "settings")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text("a: 1\n" + "# words\n" * (MAX_BYTES // 8))
    with pytest.raises(InputError, match=r"Expected settings of at most 64 KiB in large.yaml, found 65,5"):
        read_yaml(tmp_path / "large.yaml", "settings")


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError, match=r"Expected settings at .*, found none \(.*\); name a file"):
            read_yaml(path, "settings")


def test_plain_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text("a: 1\nb: [x, 2.5, true, null]\nc: {d: 'ü'}\ne: 2001-02-03\n", encoding="utf-8")
    found = read_yaml(path, "settings")
    assert found["a"] == 1
    assert found["b"] == ["x", 2.5, True, None]
    assert found["c"] == {"d": "ü"}
    assert str(found["e"]) == "2001-02-03"


def test_as_deep_as_settings_ever_are(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(f"a: {'[' * 15}{']' * 15}\n")
    assert isinstance(read_yaml(path, "settings")["a"], list)
    wide = "a:\n" + "- [1, 2, {b: 3}]\n" * 100  # many beside each other are not deep
    path.write_text(wide)
    assert len(read_yaml(path, "settings")["a"]) == 100


def test_a_bomb_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(MERGE_BOMB)
    before = time.process_time()
    with pytest.raises(InputError, match=r"a reference \(\*name\)"):
        read_yaml(path, "settings")
    assert time.process_time() - before < 30  # it would never end
