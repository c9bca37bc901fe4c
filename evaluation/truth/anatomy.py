"""The anatomy of a cohort's radiographs, for the scores and the floor that need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data_cache.anatomy import GOOD, read_chexmask
from data_cache.masks import Rle
from evaluation.problems import Problem
from evaluation.truth.ground_truth import Masks


@dataclass(frozen=True)
class KnownAnatomy:
    """Organs by case.

    Attributes:
        cases: for each case whose anatomy is known, the masks of `further.ORGANS`.
        problems: what could not be used.
        note: how many cases it is known of.
    """

    cases: Mapping[str, Mapping[str, Rle]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    note: str = ""

    @classmethod
    def read(cls, path: Path, truth: Masks) -> "KnownAnatomy":
        """Read a CheXmask table for the cases of a ground truth; one of another size than the masks is left out.

        Raises:
            InputError: the file is missing or no such table.
        """
        table = read_chexmask(path, truth.cases)
        problems = [Problem("anatomy that cannot be used", path.name, sentence) for sentence in table.problems]
        cases: dict[str, Mapping[str, Rle]] = {}
        for case, anatomy in table.found.items():
            sizes = {mask.size for mask in truth.cases[case].values()}
            regions = anatomy.regions
            if sizes - {anatomy.size}:
                height, width = anatomy.size
                sentence = f"Expected the anatomy of {case} as large as its masks, found {width}×{height}."
                problems.append(Problem("anatomy that cannot be used", case, sentence))
            elif not all(mask.area for mask in regions.values()):
                sentence = f"Expected lungs and a heart of {case}, found an empty region."
                problems.append(Problem("anatomy that cannot be used", case, sentence))
            else:
                cases[case] = regions
        poor = f", {len(table.poor)} are of a quality below {GOOD:g}" if table.poor else ""
        note = f"{path.name}: the anatomy of {len(cases)} of {len(truth.cases)} cases is known{poor}."
        return cls(cases, tuple(problems), note)
