"""Every reader of strangers' files, with what must hold of what it accepts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_cache.anatomy import read_chexmask
from data_cache.annotations import read_annotations
from data_cache.archives import read_members, unpack_into
from data_cache.chexlocalize.drawings import read_contours, read_masks, read_points
from data_cache.chexlocalize.labels import read_label_table
from data_cache.errors import InputError
from data_cache.gaze.registry import open_gaze
from data_cache.gaze.settings import GazeSettings, Part
from data_cache.image_lists import read_image_list
from data_cache.images import check_pixels, image_size, read_radiograph
from data_cache.sources.registry import open_source
from data_cache.store import DamagedFile
from data_cache.yaml_files import read_yaml
from evaluation.sources.opening import open_maps
from evaluation.trust.cohort import read_thresholds
from evaluation.truth.ground_truth import read_human_benchmark
from evaluation.truth.ground_truth import read_masks as read_ground_truth
from explainers.ledger import LEDGER
from explainers.nearest.index import read_index
from explainers.nearest.search import nearest
from explainers.outputs import PREDICTION, is_stored, stored_predictions
from explainers.shard_summary import sum_up
from explainers.stored import open_results
from models.training.config import load_config
from models.weight_files import read_weights
from tests.fuzz import folders, seeds

Check = Callable[[bytes, Path], None]


@dataclass(frozen=True)
class Reader:
    """A reader, whole files for it, and a call that raises InputError for a refusal and anything else for a fault."""

    name: str
    seeds: list[bytes]
    check: Check


def _radiograph(data: bytes, folder: Path) -> None:
    radiograph = read_radiograph(data, "x")
    check_pixels(radiograph.pixels)


def _size(data: bytes, folder: Path) -> None:
    path = folder / "x"
    path.write_bytes(data)
    width, height = image_size(path)
    assert width > 0 and height > 0


def _annotations(data: bytes, folder: Path) -> None:
    found = read_annotations(data, "dr_Edema", seeds.PLACE, "Edema")
    for annotation in found.annotations:
        assert annotation.mask.decode().shape == seeds.PLACE.size and annotation.mask.area
        assert all(np.isfinite(polygon).all() for polygon in annotation.polygons)


def _members(data: bytes, folder: Path) -> None:
    paths = list(read_members(data, "x.zip", 100))
    read_members(data, "x.zip", 100, paths)


def _unpacked(data: bytes, folder: Path) -> None:
    path = folder / "x.zip"
    path.write_bytes(data)
    inside = folder / "inside"
    inside.mkdir()
    unpack_into(path, "x.zip", inside)


def _drawings(read: Callable[[Path], object]) -> Check:
    def check(data: bytes, folder: Path) -> None:
        path = folder / "x.json"
        path.write_bytes(data)
        read(path)

    return check


def _labels(data: bytes, folder: Path) -> None:
    path = folder / "x.csv"
    path.write_bytes(data)
    read_label_table(path)


def _maps(name: str) -> Check:
    """A file of maps, read as the benchmark reads a folder."""

    def check(data: bytes, folder: Path) -> None:
        path = folder / "maps" / "case" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        source = open_maps(f"raw={folder / 'maps'}")
        (case_id,) = source.files
        source.digest(case_id)
        found = source.read_or_refuse(case_id)
        for values in found.maps.values():
            assert values.dtype == np.float32 and values.ndim == 2 and np.isfinite(values).all()
        for problem in found.problems:
            raise InputError(problem.sentence)

    return check


def _stored(data: bytes, folder: Path) -> None:
    path = folder / "raw.safetensors"
    path.write_bytes(data)
    is_stored(path, {"method": "raw"})


def _predictions(data: bytes, folder: Path) -> None:
    (folder / PREDICTION).write_bytes(data)
    stored_predictions(folder, {}, "0" * 64)


def _list(data: bytes, folder: Path) -> None:
    path = folder / "x.csv"
    path.write_bytes(data)
    for case in (found := read_image_list(path)):
        assert case.id and "/" not in case.id and case.image_path is not None
    for sentence in found.problems:
        raise InputError(sentence)


def _shard(folder: Path, block: bytes, ledger: bytes) -> None:
    """A folder of shards, read as the benchmark, the report and the summary read it."""
    (folder / "0-of-1").mkdir()
    (folder / "0-of-1" / "000000.safetensors").write_bytes(block)
    (folder / "0-of-1" / LEDGER).write_bytes(ledger)
    assert all(line for line in sum_up(folder, check=True).lines())
    source = open_maps(f"raw={folder}")
    results = open_results(folder)
    for case_id in source.files:
        results.sections(case_id)
        found = source.read_or_refuse(case_id)
        for values in found.maps.values():
            assert values.dtype == np.float32 and values.ndim == 2 and np.isfinite(values).all()
        for problem in found.problems:
            raise InputError(problem.sentence)


def _block(data: bytes, folder: Path) -> None:
    (ledger,) = seeds.ledgers()
    size = len(seeds.blocks()[0])
    _shard(folder, data, ledger.replace(f'"bytes":{size}'.encode(), f'"bytes":{len(data)}'.encode()))


def _ledger(data: bytes, folder: Path) -> None:
    _shard(folder, seeds.blocks()[0], data)


def _patches(data: bytes, folder: Path) -> None:
    """An index of patches, searched and its pictures looked at as the page does."""
    path = folder / "x.safetensors"
    path.write_bytes(data)
    index = read_index(path)
    for one in nearest(index, np.zeros(index.embeddings.shape[2]), 8):
        assert np.isfinite(one.distance) and index.picture(one.case).shape == (seeds.SIDE, seeds.SIDE)


def _thresholds(data: bytes, folder: Path) -> None:
    path = folder / "thresholds.csv"
    path.write_bytes(data)
    assert all(np.isfinite(value) for value in read_thresholds(path).values())


def _settings(data: bytes, folder: Path) -> None:
    path = folder / "x.yaml"
    path.write_bytes(data)
    read_yaml(path, "settings")
    load_config(path)


def _weights(suffix: str) -> Check:
    def check(data: bytes, folder: Path) -> None:
        path = folder / f"x{suffix}"
        path.write_bytes(data)
        read_weights(path)

    return check


def _source(key: str, name: str) -> Check:
    """The annotations of a dataset, read as every command reads them."""

    def check(data: bytes, folder: Path) -> None:
        for other, content in seeds.beside(key).items():
            (folder / other).parent.mkdir(parents=True, exist_ok=True)
            (folder / other).write_text(content)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        _read_source(key, folder)

    return check


def _read_source(key: str, root: Path) -> None:
    dataset = open_source(key, root)
    for split in dataset.splits():
        for case in dataset.cases(split):
            assert case.id and "/" not in case.id
            size = case.annotated_size or case.size()  # where they do not belong together, that is a problem below
            assert all(mask.decode().shape == size for mask in case.masks.values())
        for sentence in (*dataset.problems(split), *dataset.notes(split)):
            assert len(sentence) < 1000 and "\n" not in sentence
        for sentence in dataset.problems(split):
            raise InputError(sentence)


def _folder(wanted: folders.Folder) -> Check:
    """One file of a dataset of several, read as every command reads them."""

    def check(data: bytes, folder: Path) -> None:
        wanted.write(folder, data)
        _read_source(wanted.key, folder)

    return check


def _gaze(wanted: folders.Folder) -> Check:
    """One file of a dataset of gaze; its maps are made of whole readings, and of phrases where it has any."""

    def check(data: bytes, folder: Path) -> None:
        wanted.write(folder, data)
        parts: tuple[Part, ...] = ("whole", "phrases") if wanted.key in ("reflacx", "egd-cxr") else ("whole",)
        for part in parts:
            dataset = open_gaze(wanted.key, folder, GazeSettings(part=part))
            for reading in dataset.readings:
                values = reading.make().values
                assert values.dtype == np.float32 and values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3
            for sentence in dataset.problems:
                raise InputError(sentence)

    return check


def _anatomy(data: bytes, folder: Path) -> None:
    path = folder / "x.csv"
    path.write_bytes(data)
    table = read_chexmask(path, {"a", "b", "c"})
    for anatomy in table.found.values():
        assert all(mask.decode().shape == anatomy.size for mask in anatomy.regions.values())
    for sentence in table.problems:
        raise InputError(sentence)


def all_readers() -> list[Reader]:
    """Every reader with its seeds."""
    arrays, weights = seeds.arrays(), seeds.weights()
    sources, gaze = folders.source_folders(), folders.gaze_folders()
    masks, contours, points = ([one] for one in seeds.dataset_json())
    return [
        Reader("picture", seeds.pictures(), _radiograph),
        Reader("DICOM", seeds.dicoms(), _radiograph),
        Reader("image size", [*seeds.pictures(), *seeds.dicoms()], _size),
        Reader("annotation", seeds.annotations(), _annotations),
        Reader("annotation, DICOM", seeds.dicom_annotations(), _annotations),
        Reader("archive, in memory", [*seeds.archives(), seeds.annotations()[-1]], _members),
        Reader("archive, unpacked", seeds.archives(), _unpacked),
        Reader("masks", masks, _drawings(read_masks)),
        Reader("contours", contours, _drawings(read_contours)),
        Reader("points", points, _drawings(read_points)),
        Reader("ground truth", masks, _drawings(read_ground_truth)),
        Reader("human benchmark", [*masks, *points], _drawings(lambda path: read_human_benchmark(path, path))),
        Reader("label table", seeds.label_tables(), _labels),
        *(Reader(f"map {suffix}", arrays[suffix], _maps(f"Edema{suffix}")) for suffix in arrays),
        Reader("outputs", seeds.outputs(), _maps("raw.safetensors")),
        Reader("converted map", seeds.converted(), _maps("Edema.map.safetensors")),
        Reader("stored outputs", seeds.outputs(), _stored),
        Reader("predictions", seeds.predictions(), _predictions),
        Reader("image list", seeds.image_lists(), _list),
        Reader("block", seeds.blocks(), _block),
        Reader("ledger", seeds.ledgers(), _ledger),
        Reader("index of patches", seeds.patch_indices(), _patches),
        Reader("thresholds", seeds.thresholds(), _thresholds),
        Reader("settings", seeds.settings(), _settings),
        *(Reader(f"source {key}, {name}", [seed], _source(key, name)) for key, name, seed in seeds.source_files()),
        *(Reader(f"source {one.key}, {Path(one.broken).name}", [one.seed], _folder(one)) for one in sources),
        *(Reader(f"gaze {one.key}, {Path(one.broken).name}", [one.seed], _gaze(one)) for one in gaze),
        Reader("anatomy", folders.anatomy(), _anatomy),
        *(Reader(f"weights {suffix}", weights[suffix], _weights(suffix)) for suffix in weights),
    ]


def is_one_sentence(error: Exception) -> bool:
    """Whether a refusal is what a person can read: one line, not endless."""
    text = str(error)
    return isinstance(error, InputError | DamagedFile) and 10 < len(text) < 800 and "\n" not in text
