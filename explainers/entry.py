"""What the page, the command line and the benchmark need to know about a method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from data_cache.errors import InputError
from explainers.base import Explainer, Parameters
from explainers.types import FloatArray, Resampling
from models.capabilities import Capability, Logits, capabilities_of
from models.entry import Supervision

if TYPE_CHECKING:
    from explainers.explanation import Explanation

Sign = Literal["signed", "positive"]
Floor = Literal["minimum", "zero"]
Kind = Literal["pass", "gradients", "perturbation", "attention", "masks"]
KINDS: Mapping[Kind, str] = {
    "pass": "From the pass that is there",
    "gradients": "By gradients",
    "perturbation": "By perturbation",
    "attention": "From attention",
    "masks": "By a network that was shown masks",
}


def no_remark(_explanation: "Explanation") -> str:
    """Nothing more to say."""
    return ""


def as_stored(maps: FloatArray, _parameters: Mapping[str, Any]) -> FloatArray:
    """Maps are shown and scored as they are."""
    return maps


@dataclass(frozen=True)
class View:
    """How a method's maps are read, drawn and scored.

    Attributes:
        sign: "signed" where maps can hold negative values, "positive" where they cannot.
        floor: from where on values count when a map is cut or scored: "minimum", its own smallest value, or "zero".
        resampling: how maps are enlarged: "nearest" where a value holds for its whole cell, else "bilinear".
        shown: maps (n, h, w) as they were stored, and their parameters: the maps (n, h', w') that are drawn, compared
            and scored, such as blurred ones, or what they have above their smallest value.
        published: shown maps (n, h, w) at an input size, in the form of the published evaluation: (n, s, s) in [0, 1].
        unit: of the values, such as "logit"; maps of one unit share a scale. None: no unit, each map has its own scale.
        negative_means: what a negative value says, in plain words; empty for positive maps.
        negative_opposes: whether it is evidence against the finding.
        remark: what a reader of this very map must know, in a sentence or two.
    """

    sign: Sign
    floor: Floor
    resampling: Resampling
    published: Callable[[FloatArray, int], FloatArray]
    shown: Callable[[FloatArray, Mapping[str, Any]], FloatArray] = as_stored
    unit: str | None = None
    negative_means: str = ""
    negative_opposes: bool = False
    remark: "Callable[[Explanation], str]" = no_remark

    def __post_init__(self) -> None:
        if (self.sign == "signed") != bool(self.negative_means):
            raise ValueError("Expected words for negative values exactly where a map can hold them.")


@dataclass(frozen=True)
class Entry:
    """One method of the registry.

    Attributes:
        key: name in commands and files.
        label: name on the page.
        needs: what a model must give.
        parameters: type of its parameters; titles, limits and words stand in the fields.
        factory: makes the method from such parameters.
        cost: passes through the network, forward or backward, that the method needs with such parameters on a model;
            of None on one of the official size.
        paper: where it is from, with the year.
        words: what it shows, in plain words.
        view: how its maps are read.
        equals: names of published methods that give this very map where a linear layer follows the pooled features.
        kind: what its maps come from, see `KINDS`; methods are listed by it.
        standard: whether it belongs to what is compared where nobody chooses.
        depends_on_finding: whether its maps differ between findings.
        mean_is_logit: whether, where a map has one cell a patch, each cell is what that patch by itself says, so that
            their mean is exactly the finding's logit.
        own_passes: whether no other method makes these passes too; else methods on one model share them.
        refines: the whole-number parameter that makes its maps finer and that its coarse stages have lower; None where
            it has one stage.
        supervision: what a network has to be shown in training to give such maps: "labels" of images, or "masks". Maps
            that took masks are never ranked among those that did not.
        coarse: the parameter in which its coarse stages differ, where it has some and the page does not ask for finer
            ones by number.
    """

    key: str
    label: str
    needs: Capability
    parameters: type[Parameters]
    factory: Callable[[Any], Explainer[Any]]
    cost: Callable[[Any, Logits | None], int]
    paper: str
    words: str
    view: View
    equals: tuple[str, ...] = ()
    kind: Kind = "pass"
    standard: bool = True
    depends_on_finding: bool = True
    mean_is_logit: bool = False
    own_passes: bool = False
    refines: str | None = None
    coarse: str | None = None
    supervision: Supervision = "labels"

    def __post_init__(self) -> None:
        for name in (self.refines, self.coarse):
            if name is not None and name not in self.parameters.model_fields:
                raise ValueError(f"Expected a parameter {name!r} of {self.key}, found none.")

    @property
    def told(self) -> str:
        """Its words, and which other methods it is."""
        if not self.equals:
            return self.words
        *first, last = self.equals
        return f"{self.words} Under a linear head {', '.join(first)} and {last} are the same map."

    def parse(self, values: Parameters | Mapping[str, Any] | None) -> Parameters:
        """Check the parameters of this method; None gives the defaults.

        Raises:
            InputError: a parameter is unknown or outside its limits.
        """
        if isinstance(values, Parameters):
            values = values.model_dump()
        try:
            return self.parameters.model_validate(values or {})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            reason = f"{first['msg'].lower()}, found {first['input']!r}."
            if first["type"] == "value_error":  # a whole sentence, which names what was found
                words = str(first["ctx"]["error"])
                reason = words[:1].lower() + words[1:]
            raise InputError(f"Wrong parameter {name!r} of {self.key}: {reason}") from None

    def refuse_model(self, model: Logits) -> None:
        """Refuse a loaded model that cannot give what the method needs; what it costs on it is asked after that.

        Raises:
            InputError: it cannot.
        """
        if not self.needs.of(model):
            self.refuse_without(model.info.key, capabilities_of(model), self.needs.hindrance(model))

    def refuse_without(self, model: str, has: tuple[Capability, ...], hindrance: str = "") -> None:
        """Refuse a model that cannot give what the method needs.

        Args:
            model: its key.
            has: what it can give.
            hindrance: what in it is in the way, where that is known.

        Raises:
            InputError: it cannot.
        """
        if self.needs not in has:
            given = ", ".join(capability.words for capability in has)
            blocked = f", but the method knows no rule for {hindrance}" if hindrance else ""
            raise InputError(
                f"Expected a model that {self.key} can explain: it needs {self.needs.needed}; {model} has "
                f"{given}{blocked}."
            )
