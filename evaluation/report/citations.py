"""What a run is to cite: whose maps, whose masks, whose protocol, whose statistics."""

from data_cache.errors import InputError
from data_cache.sources.chexlocalize import CHEXLOCALIZE, PHANTOM
from data_cache.sources.registry import find_source
from evaluation.benchmark import Inputs, Protocol, Settings
from evaluation.report.published import SOURCE
from evaluation.truth.ground_truth import Masks
from explainers.pairs import pair_of_name
from models.registry import find_model

_STATISTICS = {
    "Wilson": "Wilson, Journal of the American Statistical Association 1927; design effect: Korn and Graubard, Survey "
    "Methodology 1998",
    "sign-flip permutation": "Fisher, The Design of Experiments, 1935",
    "Holm": "Holm, Scandinavian Journal of Statistics 1979",
}
_OWN = "not of a registered method: cite whoever made the maps"
_UNKNOWN = "not of a known dataset: cite whoever drew the masks"


def citations(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """A citation for each input, for the protocol and for the statistics, by what it is of."""
    methods = {f"maps of {source.name}": _method(source.name) for source in inputs.sources}
    truths = {"ground_truth": inputs.truth, "tuning_ground_truth": inputs.tuning_truth}
    masks = {role: _masks(truth) for role, truth in truths.items() if truth.cases}
    human = {"human benchmark": CHEXLOCALIZE.paper} if inputs.human is not None else {}
    protocol = SOURCE if settings.protocol == Protocol.MEDICALPATCHNET else CHEXLOCALIZE.paper
    return {**methods, **masks, **human, "protocol": protocol, **_STATISTICS}


def _method(name: str) -> str:
    """Method and model of a row's name, a run's number aside."""
    pair = pair_of_name(name.partition("#")[0])
    if pair is None:
        return _OWN
    try:
        model = find_model(pair.model).paper
    except InputError:
        model = "model unknown"
    return f"{pair.entry.paper}; of {model}"


def _masks(truth: Masks) -> str:
    """Of a registered dataset what its entry says; of a file by the ids of the cases, CheXpert's or the phantoms'."""
    if truth.origin:
        return find_source(truth.origin.partition(",")[0]).paper
    if all("phantom" in case.casefold() for case in truth.cases):
        return PHANTOM.paper
    if all(case.startswith("patient") and "_study" in case for case in truth.cases):
        return CHEXLOCALIZE.paper
    return _UNKNOWN
