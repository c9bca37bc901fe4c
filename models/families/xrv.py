"""torchxrayvision's DenseNet-121 and ResNet-50: what is known of their released weights.

Cohen et al., "TorchXRayVision: a library of chest X-ray datasets and models", MIDL 2022 (arXiv 2111.00595).

The library's own models return probabilities bent so that an operating point lies at 0.5, from which the logit of an
output cannot be told; the networks here return the logits before that (`models.xrv_network`). The released files are
pickled modules (DenseNet) and a state dict (ResNet): `python -m models convert` makes safetensors of the former.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.backends.base import BackendName
from models.capabilities import FEATURES, LOGITS, MODULE, POOLED_FEATURES, RECTIFIED, Logits
from models.entry import ModelEntry, Provenance

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint
    from models.entry import Tensors

Backbone = Literal["densenet121", "resnet50"]

INPUT_SIZE: Mapping[Backbone, int] = MappingProxyType({"densenet121": 224, "resnet50": 512})
_RELEASE = "https://github.com/mlmed/torchxrayvision/releases/download/v1/"
_CROSS_DOMAIN = (
    "Cohen et al., On the limits of cross-domain generalization in automated X-ray prediction, MIDL 2020 "
    "(arXiv 2002.02497)"
)
_LIBRARY = "Cohen et al., TorchXRayVision: a library of chest X-ray datasets and models, MIDL 2022 (arXiv 2111.00595)"

TARGETS: tuple[str, ...] = (
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
    "Lung Lesion",
    "Fracture",
    "Lung Opacity",
    "Enlarged Cardiomediastinum",
)

# The library relabels every data set to common names. Of these, eleven mean what CheXpert's labels mean (and only
# "Effusion" is called otherwise); the other seven have no counterpart and are left out:
# - Pleural_Thickening is only one of the things that CheXpert's Pleural Other stands for;
# - Nodule and Mass are each a part of CheXpert's Lung Lesion, for which the models have an output of its own;
# - Infiltration, Emphysema, Fibrosis and Hernia are not among CheXpert's labels.
# CheXpert's No Finding, Pleural Other and Support Devices are predicted by no output.
_AS_FINDING: Mapping[str, str] = MappingProxyType(
    {name: name for name in TARGETS if name in FINDINGS} | {"Effusion": "Pleural Effusion"}
)


@dataclass(frozen=True)
class XrvWeights:
    """One released file of weights.

    Attributes:
        key, label, short: what commands, pages and tables call it.
        backbone: which network it is for.
        training: the data it was trained on, in words.
        paper: reference.
        file, url: the release's name and place of it; a pickled module for the DenseNets, a state dict for the ResNet.
        targets: the library's name of each of the 18 outputs, in order; empty for an output that was never trained.
        licence: of the weights.
    """

    key: str
    label: str
    short: str
    backbone: Backbone
    training: str
    paper: str
    file: str
    targets: tuple[str, ...]
    licence: str = "Apache-2.0"

    @property
    def url(self) -> str:
        """Where the release has it."""
        return _RELEASE + self.file

    @property
    def input_size(self) -> int:
        """Side in pixels of the square images that it was trained on."""
        return INPUT_SIZE[self.backbone]

    @property
    def findings(self) -> Mapping[str, int]:
        """Index of the output by CheXpert's name of the finding; findings that it does not predict are absent."""
        return findings_of(self.targets)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The trained outputs that are none of CheXpert's findings, by the library's names."""
        return tuple(name for name in self.targets if name and name not in _AS_FINDING)


def findings_of(targets: tuple[str, ...]) -> dict[str, int]:
    """Give the index of the output for each of CheXpert's findings that is among the library's names, in its order."""
    indices = {_AS_FINDING[name]: index for index, name in enumerate(targets) if name in _AS_FINDING}
    return {finding: indices[finding] for finding in FINDINGS if finding in indices}


def _only(*trained: str) -> tuple[str, ...]:
    return tuple(name if name in trained else "" for name in TARGETS)


def _without(*untrained: str) -> tuple[str, ...]:
    return tuple("" if name in untrained else name for name in TARGETS)


_CHEXPERT_TARGETS = _without("Infiltration", "Emphysema", "Fibrosis", "Pleural_Thickening", "Nodule", "Mass", "Hernia")


def _densenet(name: str, of: str, training: str, file: str, targets: tuple[str, ...]) -> XrvWeights:
    return XrvWeights(
        key=f"xrv-densenet121-res224-{name}",
        label=f"DenseNet-121 of TorchXRayVision, trained on {of}",
        short=f"XRV {name}",
        backbone="densenet121",
        training=training,
        paper=_CROSS_DOMAIN,
        file=f"{file}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt",
        targets=targets,
    )


_WEIGHTS = (
    _densenet(
        "all",
        "all its data sets",
        "NIH ChestX-ray14 with its labels and with Google's, RSNA Pneumonia, PadChest, CheXpert, MIMIC-CXR (labels of "
        "CheXpert's labeler) and OpenI, together",
        "nih-pc-chex-mimic_ch-google-openi-kaggle",
        TARGETS,
    ),
    _densenet(
        "chex", "CheXpert", "CheXpert (Stanford): CheXpert's own training images and labels", "chex", _CHEXPERT_TARGETS
    ),
    _densenet(
        "mimic_ch",
        "MIMIC-CXR (CheXpert labels)",
        "MIMIC-CXR (MIT), labels of CheXpert's labeler",
        "mimic_ch",
        _CHEXPERT_TARGETS,
    ),
    _densenet(
        "mimic_nb",
        "MIMIC-CXR (NegBio labels)",
        "MIMIC-CXR (MIT), labels of NegBio",
        "mimic_nb",
        _CHEXPERT_TARGETS,
    ),
    _densenet(
        "nih",
        "NIH ChestX-ray14",
        "NIH ChestX-ray14",
        "nih",
        _without("Lung Lesion", "Fracture", "Lung Opacity", "Enlarged Cardiomediastinum"),
    ),
    _densenet(
        "pc",
        "PadChest",
        "PadChest (University of Alicante)",
        "pc",
        _without("Lung Lesion", "Lung Opacity", "Enlarged Cardiomediastinum"),
    ),
    # The challenge has one label, opacities suspicious of pneumonia, and both outputs were trained on it. They keep the
    # library's names, but its Lung Opacity is narrower than CheXpert's.
    _densenet(
        "rsna",
        "RSNA Pneumonia",
        "RSNA Pneumonia Detection Challenge: one label, opacities suspicious of pneumonia, for both outputs",
        "kaggle",
        _only("Pneumonia", "Lung Opacity"),
    ),
    # The library gives names to all 18, but no operating point to these two, which none of the data sets labels.
    XrvWeights(
        key="xrv-resnet50-res512-all",
        label="ResNet-50 of TorchXRayVision at 512², trained on five data sets",
        short="XRV ResNet",
        backbone="resnet50",
        training="PadChest, NIH ChestX-ray14, RSNA Pneumonia, SIIM-ACR Pneumothorax and VinDr-CXR, together",
        paper=_LIBRARY,
        file="pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        targets=_without("Lung Lesion", "Enlarged Cardiomediastinum"),
    ),
)

XRV_WEIGHTS: Mapping[str, XrvWeights] = MappingProxyType({weights.key: weights for weights in _WEIGHTS})


class XrvArchitecture(Architecture):
    """One of the two networks with its 18 outputs."""

    backbone: Backbone

    @property
    def words(self) -> str:
        """The shape in words."""
        return f"{self.backbone} of TorchXRayVision, input {self.input_size}"


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.xrv_network import XrvNetwork

    shape = cast(XrvArchitecture, architecture)
    return XrvNetwork(shape.backbone, len(shape.findings), drop_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run."""
    from models.predictor import run_whole_image

    return run_whole_image(checkpoint, backend)


def translate(tensors: "Tensors") -> "Tensors":
    """Give the library's tensors the names of `XrvNetwork`."""
    from models.xrv_network import translate_state_dict

    return translate_state_dict(tensors)


def entry(weights: XrvWeights) -> ModelEntry:
    """What the registry says of one released file."""
    outputs = {index: finding for finding, index in weights.findings.items()}
    findings = tuple(outputs.get(index, "") for index in range(len(weights.targets)))
    return ModelEntry(
        key=weights.key,
        label=weights.label,
        short=weights.short,
        words=f"Classifies the whole image; the release names {weights.file}, which `python -m models convert` reads. "
        "A probability is the sigmoid of the network's own logit, not the library's re-normalised one.",
        paper=weights.paper,
        capabilities=(LOGITS, MODULE, RECTIFIED, FEATURES, POOLED_FEATURES),
        architecture=XrvArchitecture,
        assumed=XrvArchitecture(
            kind=weights.key, input_size=weights.input_size, findings=findings, backbone=weights.backbone
        ),
        build=build,
        run=run,
        translate=translate,
        outputs=weights.targets,
        provenance=Provenance(
            owner="Cohen et al. (TorchXRayVision)",
            licence=weights.licence,
            trained_on=weights.training,
            probabilities="that the labels of its training data call the finding present; raw, not calibrated",
        ),
    )


ENTRIES: tuple[ModelEntry, ...] = tuple(entry(weights) for weights in XRV_WEIGHTS.values())
