"""A cohort that a dataset of several readers marks: the tab's numbers, worked out by Node, against the command's."""

import csv
import gzip
import json
import subprocess

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.ceilings import RESOLUTIONS, ceiling_name
from evaluation.cohort.files import unpack
from evaluation.cohort.given import CohortFiles
from evaluation.results import MEAN
from evaluation.truth.source import TruthSource
from tests.data_cache.sources.layouts import write
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import SIZE, smooth, write_outputs
from tests.ui.test_benchmark import Loaded, archive, npy
from tests.ui.test_benchmark_inference import NODE, SCRIPTS
from ui import benchmark_cohorts
from ui.benchmark import Benchmark, Visitor
from ui.benchmark_cohorts import Cohorts, Work, resamples
from ui.settings import Settings
from ui.shelf import Shelf

CASES = {"test": 12, "val": 7}
READ = ("Edema", "Fracture")  # the second is none of the ten that CheXlocalize draws
HEADER = "image_id,patient,label,x_min,y_min,x_max,y_max,image_width,image_height,reader"
COLUMNS = {
    "hit": ("n_hit", "hit_rate", "hit_low", "hit_high"),
    "iou_tp": ("n_tp", "miou_tp", "miou_tp_low", "miou_tp_high"),
    "iou_all": ("n_all", "miou_all", "miou_all_low", "miou_all_high"),
}
ASKED = """
import { readFileSync } from "node:fs";
const { Board } = await import(`${SCRIPTS}/board.js`);
const { methodsOf } = await import(`${SCRIPTS}/methods.js`);
const { unpack } = await import(`${SCRIPTS}/packed.js`);
const { patientsOf } = await import(`${SCRIPTS}/patients.js`);
const { Resampling } = await import(`${SCRIPTS}/resampling.js`);
const [content, counts] = process.argv.slice(1).map((path) => new Uint8Array(readFileSync(path)));
const packed = unpack(content.buffer);
const { cases, findings, patients, methods: names, tuned } = packed.about;
const looks = { of: () => 0 };
const rows = Object.fromEntries(names.map((name) => [name, { label: name }]));
const methods = methodsOf(packed, rows, looks);
const resampling = new Resampling(counts, patientsOf(cases, patients), 0);
const kind = Object.keys(tuned).length ? "halving" : "otsu";
const board = new Board(methods, findings, resampling, findings.map(() => ({ kind })));
console.log(JSON.stringify({
  notes: Object.fromEntries(methods.map(({ key, note }) => [key, note])),
  ...Object.fromEntries(["hit", "iou_tp", "iou_all"].map((metric) => {
    board.setMetric(metric);
    board.update();
    const line = ({ n, value, low, high }) => [n, value, low, high];
    return [metric, Object.fromEntries(methods.map(({ key }, m) => [key, board.estimates[m].map(line)]))];
  })),
}));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Outputs of one method, and boxes of three readers, who mark what they like; patients of one or two cases."""
    folder, rng = tmp_path_factory.mktemp("read"), np.random.default_rng(3)
    for s, (split, count) in enumerate(CASES.items()):
        lines = [HEADER]
        for number in range(count):
            case, patient = f"{split}{number}", f"{split}-p{number * 3 // 4}"
            maps = np.stack([smooth(1000 * s + 20 * number + f, (8, 8)) for f in range(14)])
            write_outputs(folder / split, case, "raw", maps)
            odds = {"patchnet": {"probabilities": dict(zip(FINDINGS, rng.random(14).tolist(), strict=True))}}
            (folder / split / case / "prediction.json").write_text(json.dumps(odds))
            for reader in ("R1", "R2", "R10")[: 2 + number % 2]:
                marked = [finding for finding in READ if rng.random() < 0.7]
                for finding in marked:
                    x, y = rng.integers(0, (SIZE[1] - 30, SIZE[0] - 30))
                    lines.append(f"{case},{patient},{finding},{x},{y},{x + 30},{y + 30},{SIZE[1]},{SIZE[0]},{reader}")
                if not marked:
                    lines.append(f"{case},{patient},No finding,,,,,{SIZE[1]},{SIZE[0]},{reader}")
        write(folder / "set", {f"{split}.csv": "\n".join(lines)})
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where curves lie that one test has counted, for the others."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def cohorts(folder, cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setattr(benchmark_cohorts, "available_cores", lambda: 1)

    def of(tuned: bool) -> Cohorts:
        tuning = {"cohort_tune_on": folder / "val", "cohort_tune_split": "val"} if tuned else {}
        given = {"cohort_source": "csv", "cohort_root": folder / "set", "cohort_split": "test"}
        return Cohorts(Settings(cohort=f"Read={folder / 'test'}", **given, **tuning))

    return of


def made(cohorts: Cohorts, readers: str) -> bytes:
    """Packed curves; what may be chosen is known when those of the union are there."""
    content = b""
    for how in dict.fromkeys(("union", readers)):
        found = cohorts.curves("given", "paper", how)
        content = found.future.result() if isinstance(found, Work) else found
    return content


def page(content: bytes, folder) -> dict:
    """What the tab makes of packed curves: estimates by metric and column."""
    curves, about = unpack(content)
    (folder / "content").write_bytes(gzip.decompress(content))
    (folder / "counts").write_bytes(gzip.decompress(resamples(tuple(about["patients"]))))
    script = ASKED.replace("${SCRIPTS}", SCRIPTS.as_uri())
    arguments = [str(NODE), "--input-type=module", "--no-warnings", "-e", script]
    paths = [str(folder / name) for name in ("content", "counts")]
    done = subprocess.run([*arguments, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(curves.findings) >= set(READ)
    return {"findings": [*curves.findings, MEAN], **json.loads(done.stdout)}


@pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
@pytest.mark.parametrize(
    ("readers", "tuned"), [("majority", True), pytest.param("R1", False, marks=pytest.mark.thorough)]
)
def test_the_tab_s_numbers_are_the_command_s(folder, cohorts, tmp_path, readers, tuned):
    tuning = ("--tune-on", f"raw={folder / 'val'}", "--tune-split", "val") if tuned else ()
    arguments = ("--maps", f"raw={folder / 'test'}", "--source", "csv", "--root", folder / "set", "--split", "test")
    out = tmp_path / "out"
    small = ("--no-figures", "--processes", 1, "--out", out)
    assert call("benchmark", *arguments, *tuning, "--readers", readers, *small) == 0
    with (out / "summary.csv").open(newline="") as file:
        rows = {(row["method"], row["finding"]): row for row in csv.DictReader(file)}
    found = page(made(cohorts(tuned), readers), tmp_path)
    names = {f"ceiling:{n}": ceiling_name(n, "paper") for n in RESOLUTIONS}
    assert {names.get(key, key) for key in found["notes"]} == {name for name, _ in rows if not name.endswith("aligned")}
    assert "Human ceiling" in found["notes"] and len(found["notes"]) == 9
    for metric, columns in COLUMNS.items():
        for key, estimates in found[metric].items():
            for finding, numbers in zip(found["findings"], estimates, strict=True):
                row = rows[names.get(key, key), finding]
                expected = [float(row[column] or "nan") for column in columns]
                shown = [np.nan if number is None else number for number in numbers]
                np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-12, err_msg=f"{key}, {finding}, {metric}")
    words = "others against R1" if readers == "R1" else "one reader against the others"
    assert found["notes"]["Human ceiling"] == words


def test_what_may_be_true_is_said_and_nothing_else_is_taken(cohorts):
    several = cohorts(False)
    with pytest.raises(InputError, match="asked for readers that the cohort does not have"):
        several.curves("given", "paper", "R1")  # nobody knows yet
    about = unpack(made(several, "union"))[1]
    assert about["readers"] == {
        "chosen": "union",
        "ways": ["union", "majority", "fusion"],
        "names": [["R1", 12], ["R10", 6], ["R2", 12]],
    }
    assert several.truth("given", "R10").origin == "csv, test, R10"
    with pytest.raises(InputError, match="asked for readers that the cohort does not have"):
        several.curves("given", "paper", "../R1")


def test_own_maps_stay_with_the_truth_that_they_were_counted_against(cohorts, catalogue, tmp_path):
    several = cohorts(True)
    made(several, "majority")
    tab, visitor = Benchmark(several, catalogue, Loaded(), Shelf(str(tmp_path))), Visitor()
    *_, _ = tab.show(visitor, "given", "paper")
    *_, message = tab.add(visitor, archive(**{"test1/Edema.npy": npy(smooth(3, (9, 9)))}), "mine.zip")
    assert [one["name"] for one in message["own"]] == ["mine"] and message["elsewhere"] == []
    *_, message = tab.show(visitor, "given", "paper", "majority")
    assert message["cohort"]["readers"] == "majority" and message["own"] == []
    assert message["elsewhere"] == [{"name": "mine", "readers": "union"}]
    *_, message = tab.show(visitor, "given", "aligned")
    assert [one["name"] for one in message["own"]] == ["mine"] and message["elsewhere"] == []


def test_where_one_person_read_each_image_nothing_is_said_of_readers(folder, cohorts):
    table = folder / "set" / "test.csv"
    text = table.read_text()
    try:
        table.write_text("\n".join(line for line in text.splitlines() if not line.endswith(("R2", "R10"))))
        about = unpack(made(cohorts(False), "union"))[1]
    finally:
        table.write_text(text)
    assert about["readers"] is None and about["people"] == []


def test_marks_of_several_forms_are_not_averaged(folder, tmp_path):
    image = {"id": 1, "file_name": "test0.png", "width": SIZE[1], "height": SIZE[0]}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 20], "area": 600}
    outline = {**box, "id": 2, "category_id": 2, "segmentation": [[5, 5, 40, 5, 40, 40]]}
    words = [{"id": 1, "name": "Edema"}, {"id": 2, "name": "Fracture"}]
    content = {"images": [image], "annotations": [box, outline], "categories": words}
    source = TruthSource("coco", write(tmp_path, {"mixed.json": content}))
    with pytest.raises(InputError, match="marks of one form in coco, mixed, found boxes and polygons"):
        CohortFiles("given", "Mixed", folder / "test", source=source).truth()
