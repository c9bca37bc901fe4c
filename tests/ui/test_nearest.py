"""What the page is told of the nearest patches, with narrow models and phantoms."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.demo import DEMO_PATCHES, bundled_cases
from data_cache.findings import FINDINGS
from explainers.nearest.building import build_index
from explainers.nearest.index import PatchIndex, read_index, write_index
from explainers.nearest.search import nearest
from models.capabilities import PatchEmbeddings
from models.predictor import load_predictor
from tests.ui.kept import keep
from tests.ui.test_explore import png_bytes
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.messages import Message
from ui.session import Session

PATCHNET = "medicalpatchnet"


@pytest.fixture(scope="module")
def path(catalogue: Catalogue, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the listed phantoms of the root, and of one that the page does not list."""
    model = cast(PatchEmbeddings, engine.models()[PATCHNET])
    listed = [catalogue.get(row["id"]) for row in catalogue.rows() if row["source"] != "phantom-test"][:2]
    stranger = Case(
        "elsewhere", "nobody", "file", pixels=np.linspace(0, 1, 128 * 128, dtype=np.float32).reshape(128, -1)
    )
    path = tmp_path_factory.mktemp("index") / "patches.safetensors"
    write_index(path, build_index([*listed, stranger], model, pytest.fail, lambda: None))
    return path


@pytest.fixture(scope="module")
def index(path: Path) -> PatchIndex:
    return read_index(path)


@pytest.fixture
def explore(catalogue: Catalogue, engine: Engine, path: Path) -> Explore:
    return Explore(catalogue, engine, keep, patch_index=path)


def asked(explore: Explore, session: Session, **given: Any) -> Message:
    (message,) = explore.nearest(session, {"model": PATCHNET, "patch": 9} | given)
    return message


def test_a_listed_case_gets_the_nearest_of_other_patients_with_all_that_is_known(
    explore: Explore, catalogue: Catalogue, index: PatchIndex
) -> None:
    session, case = Session(), catalogue.get(index.facts.cases[0].id)
    list(explore.open(session, case.id))
    turn = session.turn
    answer = asked(explore, session)
    found, reading = answer["nearest"], session.current
    assert reading is not None and session.turn == turn == answer["turn"]
    expected = nearest(index, reading.embeddings[PATCHNET][9], 8, case.patient)
    cases = index.facts.cases
    assert [(one["case"], one["patch"]) for one in found["near"]] == [(cases[e.case].id, e.patch) for e in expected]
    assert case.id not in {one["case"] for one in found["near"]}  # the own patient's, which would be the nearest
    for one, neighbour in zip(found["near"], expected, strict=True):
        assert one["distance"] == neighbour.distance
        assert one["listed"] == (one["case"] != "elsewhere")
        np.testing.assert_allclose(one["logits"], index.logits[neighbour.case, neighbour.patch], atol=1e-4)
        unknown = one["case"] == "elsewhere"
        assert (one["labels"] == [None] * 14) == (one["marked"] == [None] * 14) == unknown
        data = base64.b64decode(one["picture"].partition(",")[2])
        assert Image.open(io.BytesIO(data)).size == (32, 32)  # a patch of 16 with 8 around it
    own = sum(one.patient == case.patient for one in cases)
    assert found["facts"]["left_out"] == own > 0
    assert found["facts"]["patches"] == (len(cases) - own) * 64 and found["facts"]["notice"] == ""


def test_an_upload_is_compared_by_the_pass_that_it_had(
    explore: Explore, index: PatchIndex, catalogue: Catalogue
) -> None:
    session = Session()
    pixels = np.rint(catalogue.get(index.facts.cases[1].id).read().pixels * 255).astype(np.uint8)
    list(explore.read(session, png_bytes(pixels), "film.png"))
    found = asked(explore, session, patch=20)["nearest"]
    first = found["near"][0]
    assert (first["case"], first["patch"], first["distance"]) == (index.facts.cases[1].id, 20, 0)
    assert found["facts"]["left_out"] == 0
    assert session.current is not None and session.current.counted == {PATCHNET: 1, "cnn": 1}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"patch": 64}, "found 64 of medicalpatchnet"),
        ({"model": "cnn"}, "found 9 of cnn"),
        ({"model": "nobody"}, "found 9 of nobody"),
        ({"patch": -1}, "found something else; reload the page"),
        ({"patch": None}, "found something else; reload the page"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    explore: Explore, index: PatchIndex, given: dict[str, Any], words: str
) -> None:
    session = Session()
    list(explore.open(session, index.facts.cases[0].id))
    assert words in asked(explore, session, **given)["error"]
    assert "Expected an open case, found none" in asked(explore, Session())["error"]


def test_weights_without_an_index_are_said_in_the_panel(catalogue: Catalogue, engine: Engine) -> None:
    session = Session()
    without = Explore(catalogue, engine, keep)  # the bundled index is of other weights
    list(without.open(session, catalogue.rows()[0]["id"]))
    found = asked(without, session)["nearest"]
    assert found["near"] == [] and found["facts"] is None
    weights = engine.models()[PATCHNET].info.weights_sha256[:8]
    assert found["problem"].startswith(f"Expected an index of patches of these weights ({weights}), found none;")


@pytest.fixture(scope="module")
def bundled() -> Iterator[PatchIndex]:
    """The index that comes with the program; tests of it skip where the program came without."""
    if not DEMO_PATCHES.is_file():
        pytest.skip(f"{DEMO_PATCHES.name} is not there")
    yield read_index(DEMO_PATCHES)


def test_the_bundled_index_is_of_the_bundled_weights_and_has_the_bundled_cases(bundled: PatchIndex) -> None:
    model = cast(PatchEmbeddings, load_predictor("demo", PATCHNET, "torch-cpu"))
    assert bundled.facts.weights_sha256 == model.info.weights_sha256
    assert bundled.logits.shape == (24, 64, 14) and len(bundled.facts.findings) == len(FINDINGS)
    places = {case.id: place for place, case in enumerate(bundled.facts.cases)}
    assert {case.id for case in bundled_cases()} == places.keys()  # so that each neighbour can be opened
    case = bundled_cases()[5]
    (row,) = build_index([case], model, pytest.fail, lambda: None).logits
    np.testing.assert_allclose(bundled.logits[places[case.id]], row, rtol=1e-5, atol=1e-4)  # by another backend
