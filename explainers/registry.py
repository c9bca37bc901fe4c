"""The methods the program knows. A new one is one file with one class and one entry here.

The page, the command line, the benchmark and the contract test all go through `EXPLAINERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from data_cache.errors import InputError
from explainers.base import Explainer, FloatArray, Parameters, Resampling
from explainers.cam import LayerParameters
from explainers.eigencam import EigenCam, EigenParameters
from explainers.gradcam import GradCam
from explainers.gradcam_plus_plus import GradCamPlusPlus
from explainers.published import cam_picture, patch_export
from explainers.raw import RawMap
from explainers.scaled import ScaledMap, ScaledParameters
from explainers.shifted import ShiftParameters

if TYPE_CHECKING:
    from models.architecture import ModelKind


@dataclass(frozen=True)
class Entry:
    """What the page and the command line need to know about one method.

    Attributes:
        key: name in commands and files.
        label: name on the page.
        model: kind of model it explains.
        parameters: type of its parameters; titles, limits and words stand in the fields.
        factory: makes the method from such parameters.
        cost: passes through the network, forward or backward, that the method needs with such parameters.
        paper: where it is from.
        words: what it shows, in plain words.
        depends_on_finding: whether its maps differ between findings.
        can_be_negative: whether its maps can hold negative values.
        negative_means: what a negative value says, in plain words; `negative_opposes` whether that is evidence against
            the finding.
        resampling: how its maps are enlarged.
        published: its maps (n, h, w) at an input size, in the form of the published evaluation: (n, s, s) in [0, 1].
    """

    key: str
    label: str
    model: "ModelKind"
    parameters: type[Parameters]
    factory: Callable[[Any], Explainer[Any]]
    cost: Callable[[Any], int]
    paper: str
    words: str
    depends_on_finding: bool
    can_be_negative: bool
    negative_means: str
    negative_opposes: bool
    resampling: Resampling
    published: Callable[[FloatArray, int], FloatArray]

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
            raise InputError(
                f"Wrong parameter {name!r} of {self.key}: {first['msg'].lower()}, found {first['input']!r}."
            ) from None


def _shift_cost(parameters: ShiftParameters) -> int:
    return parameters.shift_steps**2


def _gradient_cost(parameters: LayerParameters) -> int:
    return 15 if parameters.layer else 1  # one forward, and one backward a finding


def _forward_cost(_parameters: LayerParameters) -> int:
    return 1


_MEDICALPATCHNET = "Wienholt et al., MedicalPatchNet, Scientific Reports 2026"

_ENTRIES = (
    Entry(
        key="raw",
        label="Raw patch map",
        model="medicalpatchnet",
        parameters=ShiftParameters,
        factory=RawMap,
        cost=_shift_cost,
        paper=_MEDICALPATCHNET,
        words="What each patch by itself adds to the finding's logit or takes from it; on the plain grid, the mean of "
        "the map is exactly the logit.",
        depends_on_finding=True,
        can_be_negative=True,
        negative_means="This patch lowers the finding's logit.",
        negative_opposes=True,
        resampling="nearest",
        published=patch_export,
    ),
    Entry(
        key="scaled",
        label="Scaled patch map",
        model="medicalpatchnet",
        parameters=ScaledParameters,
        factory=ScaledMap,
        cost=_shift_cost,
        paper=_MEDICALPATCHNET,
        words="The raw patch map times the predicted probability: findings that the model thinks improbable stay pale.",
        depends_on_finding=True,
        can_be_negative=True,
        negative_means="This patch lowers the finding's logit.",
        negative_opposes=True,
        resampling="nearest",
        published=patch_export,
    ),
    Entry(
        key="gradcam",
        label="Grad-CAM",
        model="cnn",
        parameters=LayerParameters,
        factory=GradCam,
        cost=_gradient_cost,
        paper="Selvaraju et al., Grad-CAM, ICCV 2017",
        words="The network's features, each weighted by how much the finding's logit grows with it. A feature sees "
        "far beyond its own place, so the map is no proof that the evidence lies there.",
        depends_on_finding=True,
        can_be_negative=True,
        negative_means="The features here lower the finding's logit.",
        negative_opposes=True,
        resampling="bilinear",
        published=cam_picture,
    ),
    Entry(
        key="gradcam++",
        label="Grad-CAM++",
        model="cnn",
        parameters=LayerParameters,
        factory=GradCamPlusPlus,
        cost=_gradient_cost,
        paper="Chattopadhay et al., Grad-CAM++, WACV 2018",
        words="Like Grad-CAM, but only features that speak for the finding count, and small areas count as much as "
        "large ones. It does not show what speaks against the finding.",
        depends_on_finding=True,
        can_be_negative=True,
        negative_means="Nothing: the features that speak for the finding are below zero here, as the activation "
        "function lets them be by a little.",
        negative_opposes=False,
        resampling="bilinear",
        published=cam_picture,
    ),
    Entry(
        key="eigencam",
        label="Eigen-CAM",
        model="cnn",
        parameters=EigenParameters,
        factory=EigenCam,
        cost=_forward_cost,
        paper="Muhammad and Yeasin, Eigen-CAM, IJCNN 2020",
        words="Where the network's features vary most. It does not depend on the finding, and which side of it is "
        "positive is arbitrary unless the sign is set to activation.",
        depends_on_finding=False,
        can_be_negative=True,
        negative_means="Only that this place lies on the other side of the mean; nothing about the finding.",
        negative_opposes=False,
        resampling="bilinear",
        published=cam_picture,
    ),
)

EXPLAINERS: dict[str, Entry] = {entry.key: entry for entry in _ENTRIES}
if len(EXPLAINERS) != len(_ENTRIES):
    raise ValueError(f"Expected each method once in the registry, found {[entry.key for entry in _ENTRIES]}.")


def find_method(key: str) -> Entry:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key not in EXPLAINERS:
        raise InputError(f"Unknown method {key!r}: expected one of {', '.join(EXPLAINERS)}.")
    return EXPLAINERS[key]
