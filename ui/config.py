"""What the viewer is told once, when it starts: findings, models, methods, colours, limits."""

from typing import Any

from data_cache.findings import FINDINGS
from explainers.registry import EXPLAINERS
from ui.content import agreement_content, method_content, palette_contents, scheme_contents
from ui.explore import SHIFT_STEPS
from ui.settings import Settings
from ui.tuned import tuned_thresholds

ACCEPT = ".png,.jpg,.jpeg,.tif,.tiff,.bmp,.webp,.dcm,.dicom,image/png,image/jpeg,image/tiff,image/bmp,image/webp"
_MODELS = [
    {"kind": "medicalpatchnet", "label": "MedicalPatchNet", "short": "PatchNet"},
    {"kind": "cnn", "label": "Baseline CNN", "short": "CNN"},
]


def viewer_config(settings: Settings) -> dict[str, Any]:
    """Return the viewer's configuration as JSON values."""
    return {
        "findings": list(FINDINGS),
        "models": _MODELS,
        "methods": [method_content(entry) for entry in EXPLAINERS.values()],
        "palettes": palette_contents(),
        "schemes": scheme_contents(),
        "agreement": agreement_content(),
        "tuned": tuned_thresholds(),
        "steps": list(SHIFT_STEPS),
        "accept": ACCEPT,
        "max_file_size": settings.max_file_size.upper().replace("MB", " MB"),
    }
