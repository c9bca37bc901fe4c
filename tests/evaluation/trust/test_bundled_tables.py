"""The README's trust tables of bundled checks against the archives of these, number by number."""

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest

from explainers.pairs import shown_masks
from explainers.registry import STANDARD, find_method

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "data_cache" / "demo"
README = (ROOT / "evaluation" / "README.md").read_text(encoding="utf-8")
FAMILIES = README[README.index("The same of the four further families") :].partition("```")[0]
STANDARDS = README[README.index("## Can an explanation be trusted?") : README.index("### All methods")]
COLUMNS = {
    "deletion, area": ("perturbation", "deletion", ""),
    "insertion, area": ("perturbation", "insertion", ""),
    "attended against random": ("attended", "difference", ""),
    "stability, shift": ("stability", "stability", "shift 0.015625"),
    "stability, noise": ("stability", "stability", "noise 0.03"),
}
LINES = {
    "deletion, area (lower is better)": ("perturbation", "deletion", ""),
    "insertion, area": ("perturbation", "insertion", ""),
    "attended against random, difference": ("attended", "difference", ""),
    "stability, image shifted by 1.6 %": ("stability", "stability", "shift 0.015625"),
    "stability, 3 % noise": ("stability", "stability", "noise 0.03"),
    "stability, a square of 1/8 covered": ("stability", "stability", "occlusion 0.125"),
}
# What each network is made random at last, when all of it is.
FIRST_LAYERS = {
    "attention": "backbone.conv_stem",
    "gradcam@attention-network": "backbone.conv_stem",
    "regions": "backbone.patch_embed.conv1",
    "gradcam@mxa-efficientvit": "backbone.patch_embed.conv1",
    "gradcam@mednext_xue": "stem.0",
    "segmentation": "encoders",
}
Row = dict[str, str]
Key = tuple[str, str, str]  # check, metric, setting


def table(archive: str, name: str) -> list[Row]:
    """The rows of a file of a bundled archive."""
    with zipfile.ZipFile(DEMO / archive) as file:
        return list(csv.DictReader(io.StringIO(file.read(name).decode())))


def summary(archive: str) -> dict[tuple[str, Key], Row]:
    rows = table(archive, "summary.csv")
    return {(row["method"], (row["check"], row["metric"], row["setting"])): row for row in rows}


def written(row: Row) -> str:
    mean, low, high = (f"{float(row[name]):.3f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low}–{high})".replace("-", "−")


def tables_of(section: str) -> list[list[list[str]]]:
    """The cells of each table of a section, without marks of emphasis, rules between head and rows left out."""
    found = re.findall(r"^\|.*\n(?:\|.*\n)+", section, re.MULTILINE)
    rows = [[line.strip("|").split("|") for line in lines.splitlines() if set(line) - set("|:- ")] for lines in found]
    return [[[cell.strip(" *`") for cell in row] for row in lines] for lines in rows]


@pytest.fixture(scope="module")
def families() -> dict[tuple[str, Key], Row]:
    return summary("trust-families-test.zip")


def test_every_number_of_the_families_is_that_of_the_archive(families: dict[tuple[str, Key], Row]) -> None:
    shown = tables_of(FAMILIES)
    failed: dict[str, list[str]] = {name: [] for name in FIRST_LAYERS}
    for row in table("trust-families-test.zip", "verdicts.csv"):
        if row["passed"] == "false" and row["method"] in failed:
            failed[row["method"]].append(row["check"])
    found, expected = {}, {}
    for head, *rows in shown:
        for name, *cells in rows:
            keys = [*COLUMNS.values(), ("sanity", "rank", FIRST_LAYERS[name])]
            found[name] = dict(zip(head[1:], cells, strict=True))
            values = [*(written(families[name, key]) for key in keys), ", ".join(failed[name]) or "–"]
            expected[name] = dict(zip([*COLUMNS, "rank, all random", "fails"], values, strict=True))
    assert found == expected
    assert {name for name, (check, *_) in families if check == "perturbation"} == set(found)
    assert [[shown_masks(name) for name, *_ in rows] for _, *rows in shown] == [[False] * 5, [True]]


def test_layers_called_first_are_made_random_last() -> None:
    last = {
        row["method"]: row["setting"]
        for row in table("trust-families-test.zip", "summary.csv")
        if row["check"] == "sanity"
    }
    assert last == FIRST_LAYERS


def test_what_the_text_says_of_the_families_is_in_the_archive(families: dict[tuple[str, Key], Row]) -> None:
    row = families["attention", ("perturbation", "gain", "")]
    said = re.search(r"insertion − deletion is (\S+) \((\S+) to\s+(\S+)\)", FAMILIES)
    assert said is not None
    assert said.groups() == tuple(f"{float(row[name]):.3f}".replace("-", "−") for name in ("mean", "low", "high"))
    for name in ("attention", "regions"):  # with a random classifier alone
        ranks = [
            float(row["mean"]) for (one, key), row in families.items() if one == name and key[:2] == ("sanity", "rank")
        ]
        assert ranks[0] == pytest.approx(1, abs=1e-9)
    noise = families["gradcam@mxa-efficientvit", COLUMNS["stability, noise"]]
    assert float(noise["mean"]) < 0


def test_every_number_of_the_standard_methods_is_that_of_the_archive() -> None:
    rows = summary("trust-test.zip")
    ((head, *lines),) = tables_of(STANDARDS)
    names = [
        next(name for name in STANDARD if find_method(name).label.removesuffix(" patch map") == one) for one in head[1:]
    ]
    assert names == list(STANDARD)
    found = {(line, name): cell for line, *cells in lines for name, cell in zip(names, cells, strict=True)}
    expected = {(line, name): written(rows[name, key]) for line, key in LINES.items() for name in names}
    assert {key: cell.replace("*", "") for key, cell in found.items()} == expected
