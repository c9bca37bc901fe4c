"""What comes with the program: how large it is, and that `make demo-models` makes all of it."""

import re
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from data_cache.bundled_films import DEMO_ROOT
from models.registry import MODELS

ROOT = Path(__file__).parents[1]
EMBEDDED = ROOT / "models" / "embedded"
SPLITS = ("val", "test")
README = (ROOT / "models" / "README.md").read_text(encoding="utf-8")


def embedded_models() -> list[str]:
    return [key for key in MODELS if (EMBEDDED / f"{key}-demo.safetensors").is_file()]


def test_embedded_weights_and_all_that_is_bundled_stay_small() -> None:
    models = embedded_models()
    assert len(models) == len(list(EMBEDDED.glob("*.safetensors"))) >= 6
    for key in models:
        assert (EMBEDDED / f"{key}-demo.safetensors").stat().st_size <= 4_000_000, key
        assert (EMBEDDED / f"{key}-demo.md").is_file() and (EMBEDDED / f"{key}-demo.profile.json").is_file(), key
    files = [path for folder in (EMBEDDED, DEMO_ROOT) for path in folder.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < 10_000_000
    assert sum(path.stat().st_size for path in files) <= 60_000_000


@pytest.fixture(scope="module")
def commands() -> str:
    """What `make demo-models` would do, in its order; it does none of it."""
    done = subprocess.run(["make", "-n", "demo-models"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.replace("\\\n", " ")


def test_demo_models_makes_every_embedded_model(commands: str) -> None:
    (line,) = [line for line in commands.splitlines() if line.startswith("for kind in ") and "models train" in line]
    kinds = line.removeprefix("for kind in ").partition(";")[0].split()
    assert set(kinds) == set(embedded_models())
    assert kinds.index("cnn") == 0  # the patch model starts from it, and it teaches MXA-EfficientViT
    for kind in kinds:
        config = ROOT / "models" / "training" / "configs" / f"demo-{kind}.yaml"
        assert f"out: runs/demo-{kind}\n" in config.read_text(encoding="utf-8")


def test_demo_models_makes_every_bundled_archive_and_what_is_made_of_them(commands: str) -> None:
    at = [commands.index(f"-c ../../../data_cache/demo/{archive.name} ") for archive in archives()]
    tuned, curves = commands.index("-m ui.tuned "), commands.index("-m evaluation.bundled_cohort")
    assert len(at) >= 8 and max(at) < commands.index("-m evaluation benchmark") < tuned < curves
    for archive in archives():
        assert f"--tune-on {method_in(archive)}=data_cache/demo/{archive.name}" in commands or "test" in archive.name


def test_demo_models_makes_what_is_bundled_for_the_visitors_own_device(commands: str) -> None:
    (line,) = [line for line in commands.splitlines() if "models export" in line]
    assert line.endswith(" --model cnn=demo --model medicalpatchnet=demo --out models/embedded/device")
    assert sorted(path.parent.name for path in EMBEDDED.glob("device/*/model.onnx")) == ["cnn", "medicalpatchnet"]
    assert commands.index("models train") < commands.index("models export")


def archives() -> list[Path]:
    return [path for split in SPLITS for path in sorted(DEMO_ROOT.glob(f"outputs-*-{split}.zip"))]


def method_in(archive: Path) -> str:
    """The first method whose outputs an archive holds."""
    with ZipFile(archive) as opened:
        return next(Path(name).stem for name in opened.namelist() if name.endswith(".safetensors"))


def test_the_table_of_classifiers_is_that_of_the_cards() -> None:
    """Every embedded model has a row with the means and intervals by patient of its card, and its parameters."""
    rows = re.findall(
        r"^\| \[[^]]+\]\(embedded/(.+)-demo\.md\) \| ([\d,]+) \| ([^|]+) \| ([^|]+) \|", README, re.MULTILINE
    )
    assert sorted(key for key, *_ in rows) == sorted(embedded_models())
    for key, parameters, *means in rows:
        card = (EMBEDDED / f"{key}-demo.md").read_text(encoding="utf-8")
        assert f"- parameters: {parameters}\n" in card
        for mean, words in zip(means, ("14 findings", "10 CheXlocalize findings"), strict=True):
            found = re.search(
                rf"^\| Mean \({words}\) \|(?:[^|]*\|){{4}} ([^*|]+?)\*? \|", card, re.MULTILINE
            )  # the first: by patient
            assert found is not None and found[1] == mean, (key, words)
    dice = re.search(
        r"test split, .*?mean of these findings\*\* \| \| ([\d.]+) \|",
        (EMBEDDED / "medunext_xue-demo.md").read_text(),
        re.DOTALL,
    )
    assert dice is not None and f"| {dice[1]} |" in README
