"""Ablations: what is trained, what is scored, what is not done twice, and the tables. Training itself is replaced."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from sklearn.metrics import roc_auc_score

import models.training
from data_cache.case import Case
from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import DEMO_ROOT
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.images import preprocess
from evaluation.ablation import running
from evaluation.ablation.plan import Ablation, read_ablation, tasks_of
from evaluation.ablation.scoring import METRICS, Number
from evaluation.ablation.summary import lines_of, markdown
from models.checkpoints import save_checkpoint
from models.predictor import load_predictor
from models.training.config import TrainingConfig
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import root_of_few
from tests.models.attention_network.networks import attention_network

CONFIGS = Path(models.training.__file__).parent / "configs"
NARROW = {"channel_multiplier": 0.1, "depth_multiplier": 0.1, "width": 16, "input_size": 64}
SHORT: dict[str, Any] = {f"architecture.{name}": value for name, value in NARROW.items()}


def write(folder: Path, **changes: Any) -> Path:
    """An ablation of two variants and two seeds on one of the bundled cases."""
    settings = {
        "name": "Two",
        "base": str(CONFIGS / "demo-attention-network.yaml"),
        "overrides": {**SHORT, "data.root": str(DEMO_ROOT), "stages": []},
        "variants": [
            {"name": "gap", "label": "Average", "overrides": {"architecture.attention": "none", "loss.sparsity": 0.0}},
            {"name": "single", "overrides": {"architecture.attention": "single"}},
        ],
        "seeds": [0, 5],
        "methods": ["gradcam", "attention"],
        "cases": 1,
        "steps": 4,
    }
    path = folder / "two.yaml"
    path.write_text(yaml.safe_dump({**settings, **changes}))
    return path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, bool]]:
    """Replaces training by random weights of the seed; what was trained, with which seed, and whether gone on with."""
    calls: list[tuple[str, int, bool]] = []

    def train(config: TrainingConfig, resume: bool, _command: str) -> None:
        calls.append((config.run.out.parent.name, config.seed, resume))
        module = attention_network(config.architecture, config.seed)  # type: ignore[arg-type]
        notes = {"recipe": config.fingerprint()}
        save_checkpoint(config.run.out / "model.safetensors", module, config.architecture, notes)
        (config.run.out / "model.md").write_text("card")

    monkeypatch.setattr(running, "train_model", train)
    return calls


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def expected_auroc(weights: Path, cases: list[Case]) -> float:
    """By scikit-learn, one case at a time."""
    model = load_predictor(weights, "attention-network", "torch-cpu")
    logits = np.stack([model.predict(preprocess(case.read(), 64)[0]).logits for case in cases])
    labels = np.array([[case.labels[finding] for finding in FINDINGS] for case in cases])
    both = [k for k in range(14) if len(set(labels[:, k])) == 2]
    return float(np.mean([roc_auc_score(labels[:, k], logits[:, k]) for k in both]))


def test_every_variant_and_seed_is_trained_and_scored_once(trained, tmp_path, capsys) -> None:
    root = root_of_few(tmp_path / "root", 6)
    settings = write(tmp_path, seeds=[5], overrides={**SHORT, "data.root": str(root), "stages": []})
    words = ("ablate", "--config", settings, "--out", tmp_path / "out")
    assert call(*words) == 0
    assert trained == [("gap", 5, False), ("single", 5, False)]
    table = rows(tmp_path / "out" / "per_seed.csv")
    of_maps = {metric.key for metric in METRICS if metric.check}
    for variant, methods in (("gap", {"gradcam"}), ("single", {"gradcam", "attention"})):
        found = {(row["method"], row["metric"]) for row in table if (row["variant"], row["seed"]) == (variant, "5")}
        assert found == {("", "auroc"), ("", "ece")} | {(one, key) for one in methods for key in of_maps}
    cases = list(CheXlocalize(root).cases("test"))
    assert len(cases) == 6
    (auroc,) = [row for row in table if (row["variant"], row["seed"], row["metric"]) == ("single", "5", "auroc")]
    weights = tmp_path / "out" / "single" / "seed-5" / "model.safetensors"
    assert float(auroc["value"]) == pytest.approx(expected_auroc(weights, cases), abs=1e-9)
    (deletion,) = [
        row
        for row in table
        if (row["variant"], row["seed"], row["method"], row["metric"]) == ("single", "5", "attention", "deletion")
    ]
    assert int(deletion["count"]) == 1
    assert "| Average | Grad-CAM |" in capsys.readouterr().out

    before = (tmp_path / "out" / "summary.csv").read_text()
    trained.clear()
    (tmp_path / "out" / "gap" / "seed-5" / "numbers.json").unlink()  # as if stopped before it was scored
    assert call(*words) == 0
    assert trained == []
    assert (tmp_path / "out" / "summary.csv").read_text() == before
    capsys.readouterr()
    assert call(*words, "--set", "optimizer.steps=5") == 1
    assert "found one of another; name another folder" in capsys.readouterr().err


def test_a_training_that_was_stopped_is_gone_on_with(trained, tmp_path, monkeypatch) -> None:
    ablation = read_ablation(write(tmp_path))
    task = tasks_of(ablation, tmp_path / "out", {})[0]
    task.config.run.out.mkdir(parents=True)
    monkeypatch.setattr(running, "find_states", lambda _out: [Path("state-000002.safetensors")])
    monkeypatch.setattr(running, "score", lambda *_: [Number("", "auroc", float("nan"), 0)])
    running.run_task(task, ablation)
    assert trained == [("gap", 0, True)]
    ((known_task, known),) = running.run_tasks([task], ablation, 1)
    assert known_task == task
    assert np.isnan(known[0].value)
    monkeypatch.setattr(running, "train_model", lambda *_: None)
    (tmp_path / "out" / "gap" / "seed-0" / "model.md").unlink()
    (tmp_path / "out" / "gap" / "seed-0" / "numbers.json").unlink()
    with pytest.raises(InputError, match="gap, seed 0, trained to its end, found it stopped; run again"):
        running.run_task(task, ablation)


def test_variants_change_the_base_by_dotted_names(tmp_path) -> None:
    ablation = read_ablation(write(tmp_path))
    changes = {"optimizer.steps": 7, "loss.label_smoothing": 0.1}
    tasks = tasks_of(ablation, tmp_path / "out", changes)
    gap, single = tasks[0].config, tasks[1].config
    assert (gap.architecture.attention, single.architecture.attention) == ("none", "single")  # type: ignore[attr-defined]
    assert (gap.loss.sparsity, single.loss.sparsity) == (0.0, 0.01)
    assert gap.optimizer.steps == single.optimizer.steps == 7
    assert gap.loss.label_smoothing == 0.1
    assert (tasks[2].variant, tasks[2].config.seed) == ("gap", 5)
    assert tasks[2].config.run.out == tmp_path / "out" / "gap" / "seed-5"
    written = yaml.safe_load((tmp_path / "out" / "gap" / "config.yaml").read_text())
    assert written["optimizer"]["steps"] == 7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variants": []}, "found at variants"),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, "each variant may stand once, found a twice"),
        ({"seeds": [1, 1]}, "each seed may stand once, found 1 twice"),
        ({"variants": [{"name": "../a"}]}, "found at variants.0.name"),
        ({"colour": 1}, "found at colour"),
        ({"overrides": {"loss.sparsty": 1.0}}, "found loss.sparsty; did you mean sparsity"),
        ({"overrides": {"name.first": 1}}, "Expected a group of settings at name in name.first"),
        ({"base": "nowhere.yaml"}, "Expected a training config at"),
        ({"methods": ["lime"]}, "lime"),
    ],
)
def test_what_is_wrong_is_one_sentence(changes, message, tmp_path, capsys) -> None:
    assert call("ablate", "--config", write(tmp_path, **changes), "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.strip().count("\n") == 0


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("ablation-*.yaml")), ids=lambda path: path.stem)
def test_shipped_ablations_are_valid(path: Path, tmp_path) -> None:
    ablation = read_ablation(path)
    assert len(tasks_of(ablation, tmp_path, {})) == len(ablation.variants) * len(ablation.seeds)


def test_means_and_deviations_by_hand(tmp_path) -> None:
    ablation: Ablation = read_ablation(write(tmp_path))
    numbers = {
        ("gap", 0): [Number("", "auroc", 0.5, 14), Number("gradcam", "hit", 1.0, 3)],
        ("gap", 5): [Number("", "auroc", 0.75, 14), Number("gradcam", "hit", float("nan"), 0)],
        ("single", 0): [Number("", "auroc", 0.25, 14)],
    }
    auroc, hit, other = lines_of(ablation, numbers)
    assert (auroc.mean, auroc.deviation, len(auroc.known)) == (0.625, pytest.approx(0.125 * 2**0.5), 2)
    assert (hit.mean, len(hit.known)) == (1.0, 1)
    assert np.isnan(hit.deviation) and np.isnan(other.deviation)
    text = markdown(ablation, [auroc, hit, other])
    assert "| Average | Grad-CAM | 0.625 ± 0.177 (2) | – | – | – | – | 1.000 (1) |" in text
    assert "| Average | Grad-CAM | 0.500, 0.750 | – | – | – | – | 1.000, – |" in text
    assert "| single | – | 0.250 (1) | – | – | – | – | – |" in text


def test_processes_side_by_side_give_what_one_gives(tmp_path, monkeypatch) -> None:
    class Inline:
        """Runs at once what a pool of processes would run."""

        def __init__(self, *_: Any) -> None: ...
        def __enter__(self) -> "Inline":
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, function: Any, *arguments: Any) -> Any:
            from concurrent.futures import Future

            done: Any = Future()
            done.set_result(function(*arguments))
            return done

    decoded = []
    monkeypatch.setattr(running, "ProcessPoolExecutor", Inline)
    monkeypatch.setattr(running, "load_splits", lambda config, _accelerator: decoded.append(config.data))
    monkeypatch.setattr(running, "run_task", lambda task, _ablation: print("said") or [task.seed])
    ablation = read_ablation(write(tmp_path))
    tasks = tasks_of(ablation, tmp_path / "out", {})
    threads = torch.get_num_threads()
    try:
        found = {(task.variant, task.seed): numbers for task, numbers in running.run_tasks(tasks, ablation, 2)}
    finally:
        torch.set_num_threads(threads)
    assert found == {(task.variant, task.seed): [task.seed] for task in tasks}
    assert len(decoded) == 1  # before the processes, once
    assert (tmp_path / "out" / "gap" / "seed-5" / "log.txt").read_text() == "said\n"
