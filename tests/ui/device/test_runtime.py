"""The files that devices compute with: brought whole or not at all, from a folder or over the network."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data_cache.errors import InputError
from tests.data_cache.server import Behaviour, serving
from ui.device.runtime import CHARTS, FILES, VERSIONS, RuntimeFile, charts_library, fetch_runtime, missing_files
from ui.page_files import plotly

PACKAGES = Path(__file__).parents[3] / "node_modules"
SMALL = {"a/dist/one.mjs": b"export {};", "@b/c/dist/two.wasm": bytes(range(256)) * 40}


@contextmanager
def quiet(_name: str) -> Iterator[Callable[[int, int | None], None]]:
    yield lambda done, total: None


def files() -> list[RuntimeFile]:
    known = {place: (hashlib.sha256(content).hexdigest(), len(content)) for place, content in SMALL.items()}
    return [
        RuntimeFile(place.partition("/dist")[0], f"dist{place.partition('/dist')[2]}", *known[place]) for place in SMALL
    ]


def test_they_are_brought_from_an_address_and_a_broken_transfer_goes_on(tmp_path: Path) -> None:
    served = {f"/npm/{place.replace('@', '%40')}": content for place, content in SMALL.items()}
    behaviour = Behaviour(served, drop_after=4000, drops=1)
    with serving(behaviour) as address:
        found = fetch_runtime(tmp_path / "runtime", quiet, f"{address}/npm", files())
    assert [path.read_bytes() for path in found] == list(SMALL.values())
    assert [path.name for path in found] == ["one.mjs", "two.wasm"]
    asked = len(behaviour.asked)
    fetch_runtime(tmp_path / "runtime", quiet, "http://127.0.0.1:9", files())  # nothing is asked again
    assert asked == len(behaviour.asked) and not list(tmp_path.rglob("*.partial"))


def test_another_version_is_refused_and_not_kept(tmp_path: Path) -> None:
    for place, content in SMALL.items():
        path = tmp_path / "node_modules" / place
        path.parent.mkdir(parents=True)
        path.write_bytes(content[::-1])
    with pytest.raises(InputError, match=r"Expected one\.mjs with the sha256 .* it is another version or damaged"):
        fetch_runtime(tmp_path / "runtime", quiet, tmp_path / "node_modules", files())
    assert not (tmp_path / "runtime" / "one.mjs").exists()


def test_what_is_not_whole_is_missing(tmp_path: Path) -> None:
    assert missing_files(tmp_path) == list(FILES)
    (tmp_path / FILES[0].name).write_bytes(b"x")
    assert FILES[0] in missing_files(tmp_path)
    assert len({file.name for file in (*FILES, CHARTS)}) == len(FILES) + 1  # they lie in one folder


def test_a_charts_library_of_another_content_is_none(tmp_path: Path) -> None:
    assert charts_library(tmp_path) is None
    (tmp_path / CHARTS.name).write_bytes(bytes(CHARTS.bytes))
    assert charts_library(tmp_path) is None


def test_charts_are_drawn_by_the_version_of_plotly_that_the_app_has() -> None:
    head = plotly().content[:200].decode()
    assert f"plotly.js v{VERSIONS[CHARTS.package]}\n" in head


@pytest.mark.skipif(
    not all((PACKAGES / name).is_dir() for name in VERSIONS), reason="needs node_modules, which `make lint` installs"
)
def test_they_are_those_that_the_lock_file_pins() -> None:
    lock = json.loads((PACKAGES.parent / "package-lock.json").read_text("utf-8"))["packages"]
    for package, version in VERSIONS.items():
        assert lock[f"node_modules/{package}"]["version"] == version
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    for file in (*FILES, CHARTS):
        content = (PACKAGES / file.package / file.place).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
