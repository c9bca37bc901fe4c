"""`python -m evaluation profile`: thresholds, calibration and image quality of a checkpoint, stored beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from tqdm import tqdm

from data_cache.case import Case
from data_cache.cli import Mapping, Near, RollUp, Root, Source, say_notes
from data_cache.errors import InputError
from data_cache.store import writable_folder
from evaluation.trust.one_model import Kind, Weights, one_model
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights

if TYPE_CHECKING:  # what brings torch and scikit-learn is imported when the command runs
    from evaluation.trust.quality import QualityReference


def profile(
    source: Source = "chexlocalize",
    root: Root = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    weights: Weights = None,
    kind: Kind = None,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    split: Annotated[str, typer.Option(help="Validation images: thresholds and temperatures are chosen here.")] = "val",
    train: Annotated[str, typer.Option(help="Training images, for image quality; empty: none.")] = "train",
    quality_images: Annotated[int, typer.Option(min=1, help="At most so many of them, evenly spread.")] = 2000,
    out: Annotated[Path | None, typer.Option(help="The file; by default beside the weights.")] = None,
    backend: Annotated[BackendName, typer.Option(help="What computes.")] = "auto",
) -> None:
    """Choose thresholds and temperatures on validation images and note what training images look like."""
    from data_cache.sources.registry import labels_of, open_source
    from evaluation.trust.predicting import predict_logits
    from evaluation.trust.profile import Validation, make_profile, profile_path, reasons, write_profile
    from models.checkpoints import locate
    from models.predictor import load_predictor

    key, spec = one_model(weights, kind, chosen_weights(patchnet, cnn, model))
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    cases = dataset.cases(split)
    training = dataset.cases(train) if train else ()
    say_notes(dataset, (split,))
    path = out or profile_path(locate(spec, key).path)
    writable_folder(path.parent)
    predictor = load_predictor(spec, key, backend)
    predicted = predict_logits(predictor, tqdm(cases, desc=f"Predicting {split}", unit="image", disable=None))
    for sentence in predicted.unreadable:
        typer.echo(f"Left out of {split}: {sentence}", err=True)
    if not predicted.cases:
        raise InputError(f"Expected images that can be read in split {split}, found none of {len(cases)}.")
    name = root.resolve().name if root else source
    made = make_profile(
        predictor.info,
        predicted.labels,
        predicted.plain,
        Validation(
            data=name,
            split=split,
            images=len(predicted.cases),
            patients=len(set(predicted.patients)),
            computed_by=f"{predictor.info.backend}, {predictor.info.dtype}",
        ),
        *(
            _quality(training, quality_images, f"{name}, {train}", training[0].source.startswith("phantom"))
            if training
            else (None, "")
        ),
    )
    write_profile(path, made)
    for sentence in reasons(made):
        typer.echo(sentence)
    typer.echo(f"Profile of {made.model} ({made.weights_sha256[:8]}) written to {path}.")


def _quality(training: Sequence[Case], most: int, data: str, simulated: bool) -> "tuple[QualityReference, str]":
    from evaluation.trust.quality import make_reference

    chosen = np.unique(np.linspace(0, len(training) - 1, min(most, len(training))).round().astype(int))
    bar = tqdm(chosen, desc="Image quality", unit="image", disable=None)
    return make_reference((training[i].read() for i in bar), simulated), data
