"""The options of `python -m evaluation benchmark`, with the words of its help."""

from enum import StrEnum, auto
from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.cli import known_source
from evaluation.benchmark import Protocol
from evaluation.missing import Missing


class Asked(StrEnum):
    """What --protocol takes."""

    AUTO = auto()
    CHEXLOCALIZE = Protocol.CHEXLOCALIZE
    MEDICALPATCHNET = Protocol.MEDICALPATCHNET
    CUTOFFS = Protocol.CUTOFFS
    FIXED = Protocol.FIXED


Maps = Annotated[
    list[str],
    typer.Option(
        metavar="NAME=DIR",
        help="Maps of one method: outputs of explainers run (NAME picks them, as METHOD or METHOD@MODEL), CheXlocalize "
        "*_map.pkl or converted ones, or one .npz, .npy, .png or .safetensors a case and finding. Several may follow. "
        "NAME#1=DIR NAME#2=DIR …: several runs of one method, such as seeds, with their spread.",
    ),
]
GroundTruth = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="Masks: gt_segmentations_*.json; or name a dataset by --source."),
]
Source = Annotated[
    str | None,
    typer.Option(
        help="A dataset whose marks are the ground truth: a key that `python -m data_cache sources` shows.",
        callback=known_source,
    ),
]
Split = Annotated[str | None, typer.Option(help="Its split that is scored, such as test.")]
Readers = Annotated[
    str,
    typer.Option(
        help="What is true where several people read an image: the union of their marks, the majority by pixel, the "
        "fusion of their boxes, or one reader by name."
    ),
]
TuneSplit = Annotated[
    str | None,
    typer.Option(help="Its split that --tune-on holds maps of, such as val; without --tune-on for the floors alone."),
]
Out = Annotated[Path, typer.Option(help="Folder for tables, figures and the manifest.")]
TuneOn = Annotated[
    list[str] | None, typer.Option(metavar="NAME=DIR", help="The same methods' maps of validation cases.")
]
TuneGroundTruth = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, help="Masks of the validation cases; without --tune-on for the floors alone."
    ),
]
Laying = Annotated[
    Literal["paper", "aligned"],
    typer.Option(help="paper: stretched over the whole radiograph, as published; aligned: where the crop was."),
]
AskedProtocol = Annotated[
    Asked,
    typer.Option(
        help="How maps are marked. chexlocalize: Otsu with filled holes, or with --tune-on the best of 0.2, 0.3 … "
        "0.8; medicalpatchnet: the halving search; cutoffs: Otsu, and nothing below a tuned probability; fixed: "
        "--threshold. auto: medicalpatchnet with --tune-on, else chexlocalize.",
    ),
]
Threshold = Annotated[float, typer.Option(min=0, max=1, help="Of the protocol fixed.")]
Bootstrap = Annotated[int, typer.Option(min=0, help="Resamples for intervals; 0: none.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the resamples.")]
Resample = Annotated[
    Literal["patient", "image"], typer.Option(help="What summary.csv resamples; intervals.csv has both.")
]
Tolerance = Annotated[float, typer.Option(min=0, help="Of the pointing game, in original pixels.")]
MissingMaps = Annotated[
    Missing,
    typer.Option(
        help="A map that is missing, NaN or refused, where something is drawn. miss: is a miss, as far as the metric "
        "allows; common: all methods are scored on the maps that all have; own: each on its own, as published."
    ),
]
HumanMasks = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Human benchmark: hb_segmentations_*.json.")
]
HumanPoints = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Human benchmark: hb_salient_pt_*.json.")
]
Annotations = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="Polygons, to count instances: gt_annotations_*.json."),
]
Anatomy = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Where lungs and heart are: a table of CheXmask, for the middle of the lungs as a floor and the share of "
        "the evidence in each.",
    ),
]
Ceilings = Annotated[bool, typer.Option(help="Work out what perfect maps would score.")]
Floors = Annotated[bool, typer.Option(help="Score what does not look at the radiograph, and every score's skill.")]
Figures = Annotated[bool, typer.Option(help="Draw figures.")]
Processes = Annotated[int | None, typer.Option(min=1, help="By default as many as there are cores.")]
