"""Making an index of patches of a cohort, in one pass of the model an image."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial.distance import cdist

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from explainers.nearest.index import UNKNOWN, Facts, IndexedCase, PatchIndex, room_for
from models.capabilities import PATCH_EMBEDDINGS, PatchEmbeddings
from models.predictions import EmbeddedPrediction

_QUALITY = 85  # of the JPEGs: they are looked at, nothing is computed from them
_SAMPLE, _NEAREST, _SEED = 100, 8, 17  # patches whose nearest ones are compared at both precisions
HALF_KEEPS = 0.99  # share of these that half precision must give, or single is stored


@dataclass(frozen=True, eq=False)
class _Row:
    """What the index holds of one radiograph."""

    case: IndexedCase
    embeddings: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.int8]
    marked: NDArray[np.float16]
    picture: bytes


def build_index(
    cases: Sequence[Case], model: PatchEmbeddings, say: Callable[[str], None], on_case: Callable[[], None]
) -> PatchIndex:
    """Make an index of all patches of the plain grid.

    Embeddings are stored in half precision where the nearest patches of a sample stay the same (`HALF_KEEPS`), else in
    single.

    Args:
        cases: the radiographs; one that cannot be read is named and left out.
        model: whose patches these are.
        say: told one sentence about each that is left out.
        on_case: called after each.

    Raises:
        InputError: the model has no embeddings, two radiographs have one id, none can be read, or there are too many.
    """
    if not PATCH_EMBEDDINGS.of(model):
        raise InputError(f"Expected a model with {PATCH_EMBEDDINGS.words}, found {model.info.key}, which has none.")
    ids = [case.id for case in cases]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InputError(f"Expected each radiograph once, found {twice} twice; give them other ids.")
    room_for(len(cases), model.info.architecture.patches**2, model.embedding_channels)
    rows = []
    for case in cases:
        try:
            rows.append(_row(case, model))
        except InputError as error:
            say(f"{case.id}: {error}")
        on_case()
    if not rows:
        raise InputError(f"Expected radiographs for an index of patches, found none that can be read of {len(cases)}.")
    return _index(rows, model)


def _row(case: Case, model: PatchEmbeddings) -> _Row:
    run = ModelRun.of(case.read(), model)
    prediction = cast(EmbeddedPrediction, run.prediction)
    labels = [UNKNOWN if case.labels[finding] is None else case.labels[finding] for finding in FINDINGS]
    buffer = io.BytesIO()
    Image.fromarray(np.rint(255 * run.image).astype(np.uint8)).save(buffer, "JPEG", quality=_QUALITY)
    return _Row(
        IndexedCase(id=case.id, patient=case.patient, source=case.source),
        prediction.embeddings,
        prediction.patch_logits,
        np.array(labels, np.int8),
        marked_shares(case, run.geometry, model.info.architecture.patches),
        buffer.getvalue(),
    )


def marked_shares(case: Case, geometry: Geometry, grid: int) -> NDArray[np.float16]:
    """Share of each patch that lies within what was marked, (grid², 14); NaN for findings that nobody looked for."""
    side = geometry.input_size // grid
    shares = np.full((len(FINDINGS), grid, grid), np.nan)
    for place, finding in enumerate(FINDINGS):
        if finding in case.masks:
            mask = geometry.mask_to_input(case.masks[finding].decode())
            shares[place] = mask.reshape(grid, side, grid, side).mean(axis=(1, 3))
    return shares.reshape(len(FINDINGS), -1).T.astype(np.float16)


def _index(rows: Sequence[_Row], model: PatchEmbeddings) -> PatchIndex:
    embeddings = np.stack([row.embeddings for row in rows])
    typical, kept = _measured(embeddings, [row.case.patient for row in rows])
    info = model.info
    facts = Facts(
        model=info.key,
        model_id=info.id,
        weights_sha256=info.weights_sha256,
        input_size=model.input_size,
        patch_size=model.patch_size,
        typical=typical,
        kept=kept if kept >= HALF_KEEPS else 1.0,
        cases=tuple(row.case for row in rows),
    )
    return PatchIndex(
        facts,
        embeddings.astype(np.float16) if kept >= HALF_KEEPS else embeddings,
        np.stack([row.logits for row in rows]),
        np.stack([row.labels for row in rows]),
        np.stack([row.marked for row in rows]),
        np.frombuffer(b"".join(row.picture for row in rows), np.uint8),
        np.cumsum([len(row.picture) for row in rows]),
    )


def _measured(embeddings: NDArray[np.float32], patients: Sequence[str]) -> tuple[float, float]:
    """Of a sample of patches: the median distance to those of other patients, and the share of the nearest of these
    that half precision gives too."""
    flat = embeddings.reshape(-1, embeddings.shape[2])
    of = np.repeat(np.array(patients), embeddings.shape[1])
    chosen = np.random.default_rng(_SEED).permutation(len(flat))[:_SAMPLE]
    with np.errstate(over="ignore"):  # beyond half precision: infinite, and nothing is kept
        half = flat.astype(np.float16).astype(np.float32)
    whole, rounded = (cdist(one[chosen], one) for one in (flat, half))
    own = of[chosen][:, None] == of
    found = whole[~own]
    typical = float(np.median(found)) if found.size else 0.0
    if not np.isfinite(half).all():
        return typical or 1.0, 0.0
    alike = [_same(a, b, mine) for a, b, mine in zip(whole, rounded, own, strict=True)]
    return typical or 1.0, float(np.mean(alike))


def _same(whole: NDArray[np.float64], rounded: NDArray[np.float64], own: NDArray[np.bool_]) -> float:
    first, second = (set(np.argsort(np.where(own, np.inf, one), kind="stable")[:_NEAREST]) for one in (whole, rounded))
    return len(first & second) / max(len(first), 1)
