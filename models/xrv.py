"""torchxrayvision's DenseNet-121 and ResNet-50, built with timm, and what is known of their released weights.

Cohen et al., "TorchXRayVision: a library of chest X-ray datasets and models", MIDL 2022 (arXiv 2111.00595).

The library's own models return probabilities bent so that an operating point lies at 0.5, from which the logit of an
output cannot be told; the networks here return the logits before that. They take grey images in [0, 1] and scale them
as the library does. The released files are pickled modules (DenseNet) and a state dict (ResNet):
`python -m models convert` makes safetensors of the former.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

import timm
import torch
from timm.models.densenet import DenseNet
from timm.models.resnet import ResNet
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS

XrvArchitecture = Literal["densenet121", "resnet50"]

INPUT_SIZE: Mapping[XrvArchitecture, int] = MappingProxyType({"densenet121": 224, "resnet50": 512})
_SCALE = 1024.0  # the library's images go from -1024 to 1024, as Hounsfield units do
_OPERATING_POINTS = "op_threshs"
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
        architecture: which network it is for.
        training: the data it was trained on, in words.
        paper: reference.
        file, url: the release's name and place of it; a pickled module for the DenseNets, a state dict for the ResNet.
        targets: the library's name of each of the 18 outputs, in order; empty for an output that was never trained.
        licence: of the weights.
    """

    key: str
    label: str
    short: str
    architecture: XrvArchitecture
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
        return INPUT_SIZE[self.architecture]

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
        architecture="densenet121",
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
        architecture="resnet50",
        training="PadChest, NIH ChestX-ray14, RSNA Pneumonia, SIIM-ACR Pneumothorax and VinDr-CXR, together",
        paper=_LIBRARY,
        file="pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        targets=_without("Lung Lesion", "Enlarged Cardiomediastinum"),
    ),
)

XRV_WEIGHTS: Mapping[str, XrvWeights] = MappingProxyType({weights.key: weights for weights in _WEIGHTS})


class XrvNetwork(nn.Module):
    """One of the two networks, with random weights in training mode until others are loaded.

    Logits are a linear function (`classifier`) of the spatial mean of the features, which are not negative (ReLU).

    Attributes:
        backbone: timm's network.
    """

    def __init__(self, architecture: XrvArchitecture, outputs: int = len(TARGETS)) -> None:
        super().__init__()
        self.backbone = cast(DenseNet | ResNet, timm.create_model(architecture, in_chans=1, num_classes=outputs))

    @property
    def classifier(self) -> nn.Linear:
        """The last layer: (outputs, C) weights and a bias."""
        return cast(nn.Linear, self.backbone.get_classifier())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Classify images.

        Args:
            images: (n, 1, h, w) float32 in [0, 1]. The released weights were trained on squares of `INPUT_SIZE`; the
                library resizes everything else to that, and the network here leaves it to the caller.

        Returns:
            (n, outputs) logits.
        """
        return self.forward_head(self.forward_features(images))

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return what is pooled: (n, C, h/32, w/32), C 1024 for the DenseNet and 2048 for the ResNet, ≥ 0."""
        return self.backbone.forward_features((2 * images - 1) * _SCALE)

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Return the logits (n, outputs) of features (n, C, h, w)."""
        return self.backbone.forward_head(features)


def xrv_architecture(names: Mapping[str, object]) -> XrvArchitecture | None:
    """Tell from the names of a state dict of torchxrayvision's, or of `XrvNetwork`'s, which network it is for."""
    bare = {_bare(name) for name in names}
    if {"features.conv0.weight", "features.norm5.weight", "classifier.weight"} <= bare:
        return "densenet121"
    if {"conv1.weight", "layer4.2.conv3.weight", "fc.weight"} <= bare:
        return "resnet50"
    return None


def translate_state_dict(state_dict: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the tensors of torchxrayvision's DenseNet or ResNet the names that `XrvNetwork` has for them.

    timm and the library name the layers alike. The library's ResNet holds the network as `model`, and its release the
    network alone; both become `backbone`. Operating points (`op_threshs`) are left out.

    Raises:
        InputError: the names are those of neither network.
    """
    if xrv_architecture(state_dict) is None:
        some = ", ".join(map(repr, list(state_dict)[:3])) or "nothing"
        raise InputError(f"Expected the tensors of torchxrayvision's DenseNet-121 or ResNet-50, found {some}.")
    return {
        f"backbone.{_bare(name)}": tensor for name, tensor in state_dict.items() if _bare(name) != _OPERATING_POINTS
    }


def _bare(name: str) -> str:
    return name.removeprefix("model.").removeprefix("backbone.")
