"""One case of the benchmark: its masks, and every method's maps of it, read together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.geometry import Alignment
from data_cache.marks import Form
from data_cache.masks import Rle
from evaluation.further import Beside
from evaluation.localization import Map
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import overlay_map
from evaluation.problems import Problem
from evaluation.scores import EMPTY, NO_CASE, NO_ENTRY, NO_MAP, OTHER_SIZE, REFUSED
from evaluation.sources.base import CaseMaps, MapSource, is_constant
from evaluation.truth.forms import name_against
from models.classification.reasons import NOT_PREDICTED


@dataclass(frozen=True)
class CaseJob:
    """A case to be worked on.

    Attributes:
        case_id: which.
        masks: by finding; None where the ground truth does not know the case.
        findings: those that are scored, see `Masks.findings`.
        forms: as what each finding is marked, or mostly is where nothing is drawn; masks where it is not told.
        sole_form: of all truths that are scored: a method keeps its name there, see `named`; None of several forms.
        anatomy: masks of organs by name, see `further.ORGANS`, where known.
    """

    case_id: str
    masks: Mapping[str, Rle] | None
    findings: tuple[str, ...] = LOCALIZED_FINDINGS
    forms: Mapping[str, Form] = field(default_factory=dict)
    sole_form: Form | None = "mask"
    anatomy: Mapping[str, Rle] = field(default_factory=dict)

    def form(self, finding: str) -> Form:
        """As what a finding is marked."""
        return self.forms.get(finding, "mask")

    def named(self, method: str, finding: str) -> str:
        """What a method is called in the tables where it is scored on a finding of this case."""
        return name_against(method, self.form(finding), self.sole_form)


@dataclass(frozen=True)
class Setup:
    """What is the same for all cases.

    Attributes:
        sources: the methods.
        alignment: how maps lie on radiographs.
        tolerance: of the pointing game, in pixels of the radiograph.
    """

    sources: tuple[MapSource, ...]
    alignment: Alignment
    tolerance: float = 0.0


@dataclass(frozen=True, eq=False)
class Pair:
    """One method's map of one finding of a case, ready to be scored.

    Attributes:
        method, finding: which.
        unusable: why nothing can be said about the pair; "" where something can.
        case_missing: whether the method has no map of the case at all.
        mask: None where nothing is drawn, `why` says why; and where nothing can be said but of a map that is missing.
        region: where the map lies on the radiograph; None where that does not matter.
        values: the map in the form that is scored; None for a constant map, and where it does not matter: nothing is
            drawn, and it is enlarged so much that it surely marks something.
        varies: whether the map has a largest value.
        probability: NaN where unknown.
        beside: what the further scores need besides; None where nothing is drawn.
    """

    method: str
    finding: str
    unusable: str = ""
    case_missing: bool = False
    mask: MaskRuns | None = None
    why: str = EMPTY
    region: Region | None = None
    values: Map | None = None
    varies: bool = False
    probability: float = float("nan")
    beside: Beside | None = None

    @property
    def mapped(self) -> bool:
        """Whether there is a map that can be used."""
        return not (self.unusable or self.case_missing)

    @property
    def lacking(self) -> str:
        """Why there is no map that can be used, if the method is to blame; else ""."""
        if self.case_missing:
            return NO_MAP
        return self.unusable if self.unusable in (NO_MAP, REFUSED, NOT_PREDICTED) else ""

    def marks(self, otsu: bool) -> bool:
        """Whether the map marks anything, by Otsu's threshold or by any below 1."""
        if not self.varies or self.values is None or self.region is None:
            return self.varies
        overlay = overlay_map(self.values, self.region)
        return overlay is not None and (not otsu or overlay.otsu_marks)

    @property
    def known(self) -> bool:
        """Whether the ground truth knows the case."""
        return self.why != NO_CASE


def pairs(setup: Setup, job: CaseJob, problems: list[Problem]) -> Iterator[Pair]:
    """Read a case's maps, one method after the other, and pair them with its masks; problems are added to the list."""
    masks = {finding: MaskRuns.of(mask) for finding, mask in (job.masks or {}).items()}
    anatomy = {organ: MaskRuns.of(mask) for organ, mask in job.anatomy.items()}
    for source in setup.sources:
        found = source.read_or_refuse(job.case_id) if job.case_id in source.files else None
        problems.extend(found.problems if found else ())
        for finding in job.findings:
            mask = masks.get(finding)
            pair = _pair(setup, source, found, finding, job.masks is not None, mask, anatomy)
            if pair.unusable == OTHER_SIZE and found and mask:
                problems.append(_other_size(source, job.case_id, finding, mask.size, found.image_size))
            yield pair


def _pair(
    setup: Setup,
    source: MapSource,
    found: CaseMaps | None,
    finding: str,
    known: bool,
    mask: MaskRuns | None,
    anatomy: Mapping[str, MaskRuns],
) -> Pair:
    name = source.name
    if known and mask is None:
        return Pair(name, finding, unusable=NO_ENTRY)
    why = EMPTY if known else NO_CASE
    drawn = mask if mask is not None and mask.area else None
    if found is None:
        return Pair(name, finding, case_missing=True, mask=drawn, why=why)
    if finding not in found.maps:
        return Pair(name, finding, _why_no_map(found, finding), mask=drawn, why=why)
    values, probability = found.maps[finding], found.probabilities.get(finding, float("nan"))
    if mask is not None and found.image_size not in (None, mask.size):
        return Pair(name, finding, unusable=OTHER_SIZE, probability=probability)
    if drawn is None:
        undrawn = Pair(name, finding, why=why, probability=probability)
        return _laid_if_small(undrawn, setup, source, found, mask.size if mask else found.image_size)
    region = Region.of_map(drawn.size, found.geometry, setup.alignment)
    scored = source.to_score(values, setup.alignment)
    constant = is_constant(scored)
    return Pair(
        name,
        finding,
        mask=drawn,
        why="",
        region=region,
        values=None if constant else scored,
        varies=not constant,
        probability=probability,
        beside=Beside(source.stored_map(values), anatomy, source.shown_masks),
    )


def _why_no_map(found: CaseMaps, finding: str) -> str:
    if finding in found.unpredicted:
        return NOT_PREDICTED
    return REFUSED if finding in found.refused else NO_MAP


def _laid_if_small(pair: Pair, setup: Setup, source: MapSource, found: CaseMaps, size: tuple[int, int] | None) -> Pair:
    """Add what tells whether a map marks anything on a radiograph of this size on which nothing is drawn.

    A map that is enlarged does not become constant, and one enlarged twofold has more than lone pixels above Otsu's
    threshold, so that only smaller ones are laid over the radiograph. A size that is not known is taken to be large.
    """
    values = found.maps[pair.finding]
    varies = source.marks_anything(values, setup.alignment)
    if size is None or not varies:
        return replace(pair, varies=varies)
    region = Region.of_map(size, found.geometry, setup.alignment)
    rows, columns = source.scored_shape(values)
    if 2 * rows <= region.rows and 2 * columns <= region.columns:
        return replace(pair, varies=True)
    return replace(pair, varies=True, region=region, values=source.to_score(values, setup.alignment))


def _other_size(
    source: MapSource, case_id: str, finding: str, mask: tuple[int, int], image: tuple[int, int] | None
) -> Problem:
    height, width = image or (0, 0)
    sentence = (
        f"Expected the mask of {finding} as large as the radiograph of {case_id} in {source.name}, "
        f"{width}×{height}, found {mask[1]}×{mask[0]}."
    )
    return Problem("mask of another size", f"{case_id}, {finding}, {source.name}", sentence)
