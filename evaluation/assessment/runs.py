"""The assessment of every image that `explainers run` explains: what is said of it, and what is written."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import Radiograph
from data_cache.simulated import is_simulated
from evaluation.assessment.assess import assess
from evaluation.assessment.film import film_of
from evaluation.assessment.verdict import Assessment
from evaluation.trust.profile import find_profile
from evaluation.trust.quality import QualityReference
from explainers.runner import Remark
from models.capabilities import Logits


def remarks_of(
    models: Mapping[str, Logits], weights: Mapping[str, str]
) -> Callable[[Case, Radiograph], Mapping[str, Remark]]:
    """What says of a case, by the model's key, whether it can be read.

    Args:
        models: by key.
        weights: with which each was loaded; a profile beside them says what it learned from, where it can be read.
    """
    references = {key: _reference(weights[key], model) for key, model in models.items()}

    def remarks(case: Case, radiograph: Radiograph) -> dict[str, Remark]:
        film = film_of(radiograph, is_simulated(case))
        return {key: _remark(assess(film, model.info.origin, references[key])) for key, model in models.items()}

    return remarks


def states_of(
    cases: Iterable[Case], models: Mapping[str, Logits], weights: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Whether each model can read each case, by the case's id and the model's key; cases without an image are left out.

    Args:
        cases: the radiographs.
        models, weights: see `remarks_of`.
    """
    remarks = remarks_of(models, weights)
    found: dict[tuple[str, str], str] = {}
    for case in cases:
        with suppress(InputError):
            said = remarks(case, case.read())
            found |= {(case.id, key): one.section["assessment"]["state"] for key, one in said.items()}
    return found


def _remark(found: Assessment) -> Remark:
    reasons = [{"key": reason.key, "sentence": reason.sentence} for reason in found.reasons]
    return Remark(found.sentence if reasons else "", {"assessment": {"state": found.state, "reasons": reasons}})


def _reference(spec: str, model: Logits) -> QualityReference | None:
    try:
        profile = find_profile(spec, model.info)
    except InputError:
        return None
    return profile.quality if profile else None
