"""`python -m models evaluate`: how well a model classifies a split of a CheXlocalize-like folder."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from data_cache.case import Case
from data_cache.cli import Mapping, Near, RollUp, known_source, say_notes
from data_cache.errors import InputError
from models.backends.base import BackendName
from models.choosing import WEIGHTS, known_model
from models.registry import DEFAULT_MODELS

if TYPE_CHECKING:  # what brings torch and scikit-learn is imported when the command runs, not when it is registered
    from models.capabilities import Logits
    from models.classification.predictions import Predictions
    from models.classification.report import ClassificationReport

FIRST_MODEL = DEFAULT_MODELS[0]
_PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "timm")


def evaluate(
    root: Annotated[Path, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")],
    out: Annotated[Path, typer.Option(help="Folder for the tables and the cached predictions.")],
    source: Annotated[
        str, typer.Option(help="A key that `data_cache sources` shows.", callback=known_source)
    ] = "chexlocalize",
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    weights: Annotated[str, typer.Option(help=f"{WEIGHTS}.")] = "auto",
    kind: Annotated[
        str, typer.Option(help="Which model the weights are for; `models list` shows them.", callback=known_model)
    ] = FIRST_MODEL,
    split: Annotated[str, typer.Option(help="The split that is scored.")] = "test",
    tune_on: Annotated[str, typer.Option(help="The split on which thresholds are chosen.")] = "val",
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples for the intervals; 0: no intervals.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    backend: Annotated[BackendName, typer.Option(help="What computes.")] = "auto",
) -> None:
    """AUROC, accuracy, sensitivity, specificity, precision and F1 with intervals by image and by patient."""
    from data_cache.sources.registry import labels_of, open_source
    from models.classification.evaluation import evaluate_predictions
    from models.predictor import load_predictor

    _make_folder(out)
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    cases = {name: dataset.cases(name) for name in dict.fromkeys((tune_on, split))}
    say_notes(dataset, cases)
    predictor = load_predictor(weights, kind, backend)
    predicted = {name: _predictions(predictor, cases[name], name, out) for name in cases}
    tuning, scored = predicted[tune_on], predicted[split]
    with tqdm(total=2 * bootstrap, desc="Resampling", unit="resample", disable=None) as bar:
        report = evaluate_predictions(
            scored.labels,
            scored.probabilities,
            scored.patients,
            (tuning.labels, tuning.probabilities),
            bootstrap,
            seed,
            bar.update,
        )
    report = report.with_context(_context(predictor, root, (split, scored), (tune_on, tuning)))
    report.write(out)
    _summarise(report, predicted, out)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(out, str(error.strerror)) from error
    if not os.access(out, os.W_OK):
        raise _no_folder(out, "one that is read-only")


def _no_folder(out: Path, found: str) -> InputError:
    return InputError(f"Expected a folder that can be written at {out.name}, found: {found}; name another with --out.")


def _predictions(predictor: "Logits", cases: Sequence[Case], split: str, out: Path) -> "Predictions":
    from models.classification.predictions import fingerprint, load_predictions, predict_cases, save_predictions

    path = out / f"predictions-{split}.npz"
    made_from = fingerprint(predictor.info, cases)
    predictions = load_predictions(path, made_from)
    if predictions is None:
        predictions = predict_cases(predictor, tqdm(cases, desc=f"Predicting {split}", unit="image", disable=None))
        save_predictions(path, predictions, made_from)
    if not predictions.cases:
        found = f"; the first: {predictions.unreadable[0]}" if predictions.unreadable else ""
        raise InputError(f"Expected images that can be read in split {split}, found none of {len(cases)}{found}")
    return predictions


def _context(
    predictor: "Logits", root: Path, scored: tuple[str, "Predictions"], tuned: tuple[str, "Predictions"]
) -> dict[str, object]:
    info = predictor.info
    unreadable = [sentence for name, each in dict((scored, tuned)).items() for sentence in each.unreadable]
    context: dict[str, object] = {
        "model": info.id,
        "kind": info.key,
        "weights": info.origin,
        "weights_sha256": info.weights_sha256,
        "backend": f"{info.backend}, {info.precision}",
        "data": root.resolve().name,
        "split": f"{scored[0]}, {len(scored[1].cases)} images of {len(set(scored[1].patients))} patients",
        "thresholds": f"chosen on {tuned[0]}, {len(tuned[1].cases)} images",
        "unreadable": unreadable,
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in _PACKAGES},
    }
    if scored[0] == tuned[0]:
        context["caution"] = "thresholds were chosen on the images that are scored, which flatters all but AUROC"
    return context


def _summarise(report: "ClassificationReport", predicted: dict[str, "Predictions"], out: Path) -> None:
    from models.classification.report import LOCALIZED_MEAN, MEAN

    for split, predictions in predicted.items():
        for sentence in predictions.unreadable:
            typer.echo(f"Left out of {split}: {sentence}", err=True)
    for mean in (MEAN, LOCALIZED_MEAN):
        row = report.row(mean, "auroc")
        typer.echo(
            f"{mean}: AUROC {row.value:.3f} "
            f"(by patient {row.by_patient.low:.3f}–{row.by_patient.high:.3f}, "
            f"by image {row.by_image.low:.3f}–{row.by_image.high:.3f})"
        )
    typer.echo(f"Tables: classification.md, .csv and .json in {out}")
