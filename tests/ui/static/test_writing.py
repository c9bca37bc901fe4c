"""The files of a site: all that is named is there, and says what the models say."""

import gzip
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import SpaceCard

from data_cache.errors import InputError
from evaluation.bundled_cohort import bundled_curves
from tests.ui.static.site import BUNDLED, ON_DEVICES, SETTINGS, THERE, Site, strings
from ui.catalogue import Catalogue
from ui.device.runtime import CHARTS
from ui.engine import Engine
from ui.page_files import plotly
from ui.protocol.about import AboutContent
from ui.protocol.benchmark import BenchmarkConfig, BenchmarkMessage
from ui.protocol.sorting import SortConfig
from ui.protocol.trust import TrustConfig, TrustMessage
from ui.protocol.viewer import CaseMessage, CaseRow, ViewerConfig
from ui.static.__main__ import _summary
from ui.static.files import Files
from ui.static.tabs import write_charts_library
from ui.static.writing import chosen_ids, write_site


def addresses(site: Site) -> set[str]:
    """All that the page and the values it leads to name."""
    found = {text for _, text in strings(site.told)}
    for address in [one for one in found if one.endswith(".json")]:
        value = site.value(address)
        tiles = value.get("tiles", []) if isinstance(value, dict) else []
        found |= {text for key, text in strings(value) if key in ("url", "plotly", "address", "worker")} | {
            text for _, text in strings(tiles)
        }
    return found | set(re.findall(r'(?:href|src)="((?!data:)[^"]*)"', site.page))


def test_every_address_is_relative_and_there_and_every_file_is_named(site: Site) -> None:
    named = {address.partition("#")[0] for address in addresses(site)}
    assert {one for one in named if not re.fullmatch(r"(data|page|device)/[0-9a-f]{20}\.\w+", one)} == set()
    written = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*") if path.is_file()}
    assert named | {"index.html", "README.md"} == written


def test_messages_are_those_of_the_protocol(site: Site) -> None:
    config = ViewerConfig.model_validate(site.value(site.told["viewer"]))
    assert [CaseRow.model_validate(row).id for row in site.value(site.told["rows"])] == [site.large.id, *BUNDLED]
    for case_id, address in site.told["cases"].items():
        message = CaseMessage.model_validate(site.value(address)["message"])
        assert message.case.id == case_id and not message.busy and message.assessments and message.probabilities
        assert set(config.shown) < set(message.maps) and "prior" in message.floors
        assert {name.partition("@")[0] for name in message.maps} == {method.key for method in config.methods}


def test_the_other_tabs_are_told_what_the_page_tells_them(site: Site) -> None:
    benchmark, trust, about = (site.told[tab] for tab in ("benchmark", "trust", "about"))
    (cohort,) = [one for one in BenchmarkConfig.model_validate(site.value(benchmark["config"])).cohorts if one.tuned]
    for alignment in ("paper", "aligned"):
        shown = BenchmarkMessage.model_validate(site.value(benchmark["cohorts"][f"{cohort.key}/{alignment}"])).cohort
        assert shown is not None and shown.alignment == alignment and set(shown.openable) <= set(site.told["cases"])
        curves = (site.folder / shown.file["url"]).read_bytes()  # test_site.py has the browser read them
        assert 100_000 < len(curves) < len(bundled_curves(alignment) or b"")
    assert TrustConfig.model_validate(site.value(trust["config"])).cohort is not None
    for case_id, address in trust["cases"].items():
        assessed = TrustMessage.model_validate(site.value(address)).assessed
        assert assessed is not None and not assessed.pairs
        said = CaseMessage.model_validate(site.value(site.told["cases"][case_id])["message"])
        assert {one.key: one.raw for one in assessed.opinions} == approx_by_key(said.probabilities)
    assert ("sort" in site.told) == ON_DEVICES == ('id="tab-sort"' in site.page)
    if ON_DEVICES:
        sorting = SortConfig.model_validate(site.value(site.told["sort"]))
        assert sorting.accept == ViewerConfig.model_validate(site.value(site.told["viewer"])).accept
    content = AboutContent.model_validate(site.value(about["content"]))
    assert not content.getting.allowed and not any("upload" in sentence for sentence in content.must_not)
    assert "<summary>Model card" in (site.folder / about["cards"]).read_text("utf-8")


def approx_by_key(numbers: dict[str, list[float | None]]) -> dict[str, Any]:
    return {key: pytest.approx(values, abs=1e-6) for key, values in numbers.items()}


def test_the_hub_takes_the_folder_for_a_static_space_that_is_isolated(site: Site) -> None:
    head = SpaceCard((site.folder / "README.md").read_text("utf-8")).data.to_dict()
    assert head["sdk"] == "static" and (site.folder / head["app_file"]).is_file()
    assert len(head["short_description"]) <= 60
    assert head["custom_headers"]["cross-origin-opener-policy"] == "same-origin"
    assert head["custom_headers"]["cross-origin-embedder-policy"] == "require-corp"


def test_the_maps_are_those_of_the_probabilities_that_stand_beside_them(site: Site) -> None:
    message = site.value(site.told["cases"][BUNDLED[0]])["message"]
    raw = site.array(message["maps"]["raw"])  # its mean is the logit, of which the probability is the sigmoid
    assert raw.shape == (14, 8, 8)
    said = site.value(site.told["cases"][BUNDLED[0]])["made"]["logits"]["medicalpatchnet"]
    np.testing.assert_allclose(raw.mean((1, 2), dtype=np.float64), said, atol=1e-5)
    np.testing.assert_allclose(
        1 / (1 + np.exp(-raw.mean((1, 2), dtype=np.float64))), message["probabilities"]["medicalpatchnet"], atol=1e-5
    )
    np.testing.assert_allclose(site.array(message["patches"]["medicalpatchnet"]), raw, atol=1e-5)


def test_the_tiles_of_a_film_are_the_radiograph(site: Site) -> None:
    told = site.value(site.told["cases"][site.large.id])
    film = told["message"]["film"]
    height, width = film["size"]
    whole = np.zeros((height, width), np.uint8)
    columns = -(-width // film["tile"])
    assert film["overview"] == 1 and len(told["tiles"]) == 1 and len(told["tiles"][0]) == columns * 4
    for i, address in enumerate(told["tiles"][0]):
        top, left = film["tile"] * (i // columns), film["tile"] * (i % columns)
        place = whole[top : top + film["tile"], left : left + film["tile"]]
        changes = np.frombuffer(zlib.decompress((site.folder / address).read_bytes()), np.uint8).reshape(place.shape)
        first = np.cumsum(changes[:, 0], dtype=np.uint8)
        place[...] = np.cumsum(np.column_stack([first, changes[:, 1:]]), axis=1, dtype=np.uint8)
    np.testing.assert_array_equal(whole, np.rint(255 * site.large.read().pixels))


def test_a_film_is_its_file_with_what_the_models_see_in_it_where_that_has_its_pixels(site: Site) -> None:
    told = [site.value(site.told["cases"][one])["message"] for one in (BUNDLED[1], site.large.id)]
    inside, scaled = ((one["image"]["file"]["url"], one["film"]["packed"]["file"]["url"]) for one in told)
    path = Catalogue(None).get(BUNDLED[1]).image_path
    assert path is not None and (site.folder / inside[1]).read_bytes() == path.read_bytes()
    address, _, place = inside[0].partition("#")
    assert address == inside[1] and address.endswith(".jpg")
    assert place == "608,512,48,0.part"  # of 608×512 pixels the square in the middle
    assert not scaled[0].endswith(".part")  # 800×900 pixels are more than the models see


def test_charts_are_drawn_by_what_was_brought_and_else_by_all_of_plotly(site: Site, tmp_path: Path) -> None:
    brought = site.value(site.told["trust"]["config"])["plotly"]
    assert brought == site.value(site.told["benchmark"]["config"])["plotly"]
    assert ((site.folder / brought).stat().st_size == CHARTS.bytes) == (CHARTS in THERE)
    files = Files(tmp_path)
    whole = write_charts_library(files, tmp_path / "nothing")
    assert files.kinds[whole].startswith("the charts' library, all of plotly (`python -m ui.device fetch` brings")
    assert (tmp_path / whole).read_bytes() == plotly().content


def packed_sizes(site: Site) -> dict[str, int]:
    """Bytes of each file but those for devices, as a web server packs them."""
    written = [path for path in site.folder.rglob("*") if path.is_file() and path.parent.name != "device"]
    return {path.name: min(path.stat().st_size, len(gzip.compress(path.read_bytes(), 6))) for path in written}


needs_charts = pytest.mark.skipif(CHARTS not in THERE, reason="needs node_modules, which `make lint` installs")


@needs_charts
def test_a_small_site_weighs_little(site: Site) -> None:
    assert sum(packed_sizes(site).values()) <= 6_000_000  # three cases, one of them large


@needs_charts
@pytest.mark.thorough
def test_the_bundled_cases_weigh_what_the_documents_say(site: Site, tmp_path: Path) -> None:
    settings = replace(SETTINGS, device_runtime=site.folder.parent / "runtime")
    catalogue, engine = Catalogue(None), Engine(settings)
    ids = chosen_ids(catalogue, "")
    files = write_site(tmp_path / "site", catalogue, engine, settings, ids, lambda _: None)
    written = packed_sizes(Site(tmp_path / "site", catalogue.get(ids[0])))
    assert len(ids) == 24 and sum(written.values()) <= 7_650_000
    assert sum(packed for _, packed in files.sizes(tmp_path / "site").values()) == sum(
        written.values()
    )  # what the command prints


def test_what_was_written_is_told_by_what_it_is_part_of(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with files.part("cases"):
        unnamed, named = (files.array(np.full(2_000_000, number, np.float32)) for number in (1, 2))
        files.value(named)
    files.named("device/a.onnx", bytes(500_000))
    files.named("device/b.wasm", bytes(1_500_000))
    files.named("index.html", bytes(250_000))
    said = _summary(tmp_path, 2, files).splitlines()
    assert [re.sub(r": [\d.]+ MB by gzip", ":", line) for line in said[1:]] == [
        "What the page shows, without models and what runs them: (8.25 MB)",
        "  cases: (8.00 MB)",
        "  the page: (0.25 MB)",
        "For visitors' own radiographs, models: (0.50 MB)",
        "For visitors' own radiographs, runtime and readers of files: (1.50 MB)",
    ]
    assert (tmp_path / named["file"]["url"]).is_file() and not (tmp_path / unnamed["file"]["url"]).exists()


def test_cases_are_chosen_by_number_or_id_and_nothing_else() -> None:
    catalogue = Catalogue(None)
    assert len(chosen_ids(catalogue, "")) == 24
    assert chosen_ids(catalogue, "2") == [row["id"] for row in catalogue.rows()][:2]
    assert chosen_ids(catalogue, f"{BUNDLED[1]}, {BUNDLED[0]}") == list(BUNDLED)
    for wrong in ("0", "patient1"):
        with pytest.raises(InputError, match="Expected"):
            chosen_ids(catalogue, wrong)
