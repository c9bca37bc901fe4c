"""Published numbers, to stand beside ours and never in their place.

Source: README of TruhnLab/MedicalPatchNet (MIT) and Wienholt et al., Scientific Reports 2026.
"""

from data_cache.findings import LOCALIZED_FINDINGS
from explainers.pairs import pair_of_name
from models.families import cnn, medicalpatchnet

SOURCE = "Wienholt et al., MedicalPatchNet, Scientific Reports 2026, and the README of TruhnLab/MedicalPatchNet"
METHODS = ("scaled", "raw", "gradcam", "gradcam++", "eigencam")
LABELS = {
    "scaled": "MedicalPatchNet (Scaled)",
    "raw": "MedicalPatchNet (Raw)",
    "gradcam": "Grad-CAM",
    "gradcam++": "Grad-CAM++",
    "eigencam": "Eigen-CAM",
}

_HIT_RATES = {
    "Enlarged Cardiomediastinum": (0.419, 0.320, 0.392, 0.349, 0.322),
    "Cardiomegaly": (0.464, 0.269, 0.376, 0.246, 0.217),
    "Lung Opacity": (0.493, 0.395, 0.424, 0.414, 0.376),
    "Lung Lesion": (0.281, 0.564, 0.216, 0.284, 0.354),
    "Edema": (0.648, 0.601, 0.650, 0.471, 0.518),
    "Consolidation": (0.540, 0.482, 0.516, 0.401, 0.433),
    "Atelectasis": (0.490, 0.389, 0.406, 0.367, 0.373),
    "Pneumothorax": (0.498, 0.794, 0.195, 0.195, 0.097),
    "Pleural Effusion": (0.466, 0.372, 0.308, 0.293, 0.207),
    "Support Devices": (0.409, 0.668, 0.272, 0.225, 0.130),
    "Mean": (0.471, 0.485, 0.376, 0.325, 0.303),
}
_MIOU = {"iou_all": (0.069, 0.056, 0.052, 0.054, 0.049), "iou_tp": (0.168, 0.164, 0.227, 0.238, 0.215)}

# By section of prediction.json: AUROC, accuracy, sensitivity, specificity, each over the ten localized findings, then
# over all 14.
CLASSIFICATION = {
    medicalpatchnet.ENTRY.in_predictions: ((0.907, 0.902), (0.836, 0.848), (0.825, 0.763), (0.841, 0.851)),
    cnn.ENTRY.in_predictions: ((0.908, 0.911), (0.823, 0.843), (0.834, 0.798), (0.826, 0.844)),
}
CLASSIFICATION_METRICS = ("auroc", "accuracy", "sensitivity", "specificity")

if set(_HIT_RATES) != {*LOCALIZED_FINDINGS, "Mean"}:
    raise ValueError("Expected published hit rates of the ten localized findings and their mean.")


def published(method: str, finding: str, metric: str) -> float | None:
    """A published mean; None where none was published."""
    if method not in METHODS:
        return None
    place = METHODS.index(method)
    if metric == "hit":
        return _HIT_RATES[finding][place]
    return _MIOU[metric][place] if finding == "Mean" else None


def label(method: str) -> str:
    """What a method is called in the paper; of others their own label, or their name where nobody knows it."""
    if method in LABELS:
        return LABELS[method]
    pair = pair_of_name(method)
    return method if pair is None else pair.label
