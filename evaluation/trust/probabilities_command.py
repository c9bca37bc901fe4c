"""`python -m evaluation probabilities`: can the probabilities of a split be relied on? Tables of a whole split."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from data_cache.cli import Mapping, Near, RollUp, Root, Source, say_notes
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.store import writable_folder
from evaluation.assessment.verdict import STATES, TITLES
from evaluation.trust.one_model import Kind, Weights, one_model
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights

if TYPE_CHECKING:  # what brings torch and scikit-learn is imported when the command runs
    from data_cache.case import Case
    from data_cache.images import Radiograph
    from evaluation.trust.predicting import Predicted
    from evaluation.trust.profile import Profile

CONTRASTS = (1.0, 0.5, 0.75, 1.25, 1.5)


def probabilities(
    out: Annotated[Path, typer.Option(help="Folder for the tables.")],
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
    split: Annotated[str, typer.Option(help="The split; not the one that the profile was made with.")] = "test",
    bootstrap: Annotated[int, typer.Option(min=1, help="Resamples of patients, for the intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    backend: Annotated[BackendName, typer.Option(help="What computes.")] = "auto",
) -> None:
    """Calibration (also at other contrasts), selective prediction and sensitivity, before and after calibration."""
    from data_cache.sources.registry import labels_of, open_source
    from evaluation.assessment.runs import remarks_of
    from evaluation.trust.predicting import predict_logits
    from evaluation.trust.probability_tables import Resampling, Split, cohort_checks, write_tables
    from evaluation.trust.profile import REMAKE, find_profile
    from models.predictor import load_predictor

    key, spec = one_model(weights, kind, chosen_weights(patchnet, cnn, model))
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    cases = dataset.cases(split)
    say_notes(dataset, (split,))
    predictor = load_predictor(spec, key, backend)
    profile = find_profile(spec, predictor.info)
    if profile is None:
        raise InputError(f"Expected a profile beside the weights of {predictor.info.id}, found none; {REMAKE}.")
    writable_folder(out)
    bar = tqdm(cases, desc=f"Predicting {split}", unit="image", disable=None)
    states: Counter[str] = Counter()
    remarks = remarks_of({key: predictor}, {key: spec})

    def look(case: "Case", radiograph: "Radiograph") -> None:
        states[remarks(case, radiograph)[key].section["assessment"]["state"]] += 1

    predicted = predict_logits(predictor, bar, CONTRASTS, look)
    for sentence in predicted.unreadable:
        typer.echo(f"Left out of {split}: {sentence}", err=True)
    if not predicted.cases:
        raise InputError(f"Expected images that can be read in split {split}, found none of {len(cases)}.")
    splits = [
        Split(predicted.labels, logits, predicted.patients, contrast)
        for contrast, logits in zip(predicted.contrasts, predicted.logits, strict=True)
    ]
    tables = cohort_checks(splits, profile, Resampling(bootstrap, seed))
    write_tables(out, tables)
    for state in STATES[1:]:
        if states[state]:
            typer.echo(f"{TITLES[state]}: {states[state]} of {counted(states.total(), 'image')}.", err=True)
    _say(tables, profile, predicted, (root.resolve().name if root else source, split))
    typer.echo(f"Tables: {', '.join(f'{name}.csv' for name in tables)} in {out}")


def _say(tables: dict[str, list], profile: "Profile", predicted: "Predicted", scored: tuple[str, str]) -> None:
    if scored == (profile.validation.data, profile.validation.split):
        typer.echo("Caution: the temperatures were chosen on these very images, which flatters them.", err=True)
    means = [row for row in tables["calibration"] if row["finding"] == "Mean"]
    for row in means:
        typer.echo(
            f"contrast {row['contrast']:<4g} {row['when']:<6}  ECE {row['ece']:.4f} "
            f"({row['ece_low']:.4f}–{row['ece_high']:.4f})  Brier {row['brier']:.4f}  NLL {row['nll']:.4f}"
        )
    read = f"{counted(len(predicted.cases), 'image')} of {counted(len(set(predicted.patients)), 'patient')}"
    typer.echo(f"{read}, means {means[0]['reason']}")
