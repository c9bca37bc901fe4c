import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from tests.data_cache.sources.layouts import table, write
from ui.catalogue import THUMBNAIL_SIDE, Catalogue, is_phantom, short_name, source_label


def test_every_case_of_the_root_has_a_row_with_its_source_and_findings(catalogue: Catalogue) -> None:
    rows = catalogue.rows()
    assert len(rows) >= 6 and rows[0]["id"] == catalogue.first.id  # type: ignore[union-attr]
    assert {row["source"] for row in rows[:6]} == {"phantom-val", "phantom-test"}
    for row in rows:
        assert tuple(row["positives"]) == catalogue.get(row["id"]).positives


def test_phantoms_are_marked(catalogue: Catalogue) -> None:
    assert all(row["phantom"] for row in catalogue.rows()[:6])


@pytest.mark.parametrize(
    ("case_id", "short"),
    [
        ("patient64541_study1_view1_frontal", "64541"),
        ("patient64541_study2_view3_lateral", "64541 s2 v3"),
        ("patientPHANTOM80012_study2_view1_frontal", "80012 s2"),
        ("anything", "anything"),
    ],
)
def test_short_names_tell_cases_apart(case_id: str, short: str) -> None:
    assert short_name(case_id) == short


def test_a_thumbnail_is_a_small_jpeg_of_the_case(catalogue: Catalogue) -> None:
    first = catalogue.first
    assert first is not None
    url = catalogue.thumbnails([first.id])[first.id]
    kind, _, data = url.partition(",")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), dtype=float)
    assert kind == "data:image/jpeg;base64" and picture.shape == (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    pixels = first.read().pixels
    left = (pixels.shape[1] - pixels.shape[0]) // 2
    assert picture.mean() / 255 == pytest.approx(pixels[:, left : left + pixels.shape[0]].mean(), abs=0.01)


def test_thumbnails_of_unknown_cases_are_left_out_and_one_request_has_a_limit(catalogue: Catalogue) -> None:
    assert catalogue.thumbnails(["nobody"]) == {}
    first = catalogue.rows()[0]["id"]
    assert catalogue.thumbnails(["nobody"] * 1000 + [first]) == {}


def test_a_case_that_cannot_be_read_has_no_thumbnail_and_the_others_do(tmp_path: Path, phantom_root: Path) -> None:
    import shutil

    root = tmp_path / "root"
    shutil.copytree(phantom_root, root)
    broken = Catalogue(root)
    ids = [row["id"] for row in broken.rows()[:2]]
    path = broken.get(ids[0]).image_path
    assert path is not None
    path.write_bytes(b"no image")
    assert set(broken.thumbnails(ids)) == {ids[1]}


def test_an_unknown_case_is_an_input_error(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="reload the page"):
        catalogue.get("../nobody")


def test_a_wrong_root_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Catalogue(tmp_path / "missing")


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("chexlocalize-val", "CheXlocalize val"),
        ("phantom-test", "Phantom test"),
        ("upload", "Upload"),
        ("ms-cxr-all", "MS-CXR all"),
        ("coco-train-2017", "COCO JSON train-2017"),
        ("x-y", "x y"),
    ],
)
def test_sources_have_names_for_people(source: str, label: str) -> None:
    assert source_label(source) == label


def test_any_dataset_may_be_shown_but_for_its_cases_without_images(tmp_path: Path) -> None:
    root = write(
        tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2", "film,Edema,2,4,10,20", "gone,Edema,2,4,10,20")}
    )
    with pytest.raises(InputError, match=r"Expected the images of csv below .*, found its annotations alone"):
        Catalogue(root, "csv")
    Image.fromarray(np.full((40, 30), 90, np.uint8)).save(root / "film.png")
    catalogue = Catalogue(root, "csv")
    row = catalogue.rows()[0]
    assert (row["id"], row["source_label"], row["positives"]) == ("film", "CSV of boxes m", ["Edema"])
    assert (row["readers"], catalogue.without_image) == (0, 1)
    assert catalogue.get("film").masks["Edema"].area == 8 * 16
    with pytest.raises(InputError, match="not in the list"):
        catalogue.get("gone")


def test_a_phantom_is_known_by_its_source_or_its_id() -> None:
    pixels = np.zeros((16, 16), np.float32)
    assert is_phantom(Case("a", "a", "phantom-test", pixels=pixels))
    assert is_phantom(Case("patientPHANTOM1_study1", "a", "chexlocalize-val", pixels=pixels))
    assert not is_phantom(Case("patient1", "patient1", "chexlocalize-val", pixels=pixels))
