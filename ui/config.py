"""What the viewer is told once, when it starts: findings, models, methods, colours, limits."""

from typing import Any

from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from explainers.registry import EXPLAINERS
from models.choosing import only_demonstration
from ui.content import agreement_content, known_model_content, method_content, palette_contents, scheme_contents
from ui.panes import MOST_PANES, quick_names
from ui.progress import STEPS
from ui.protocol.sending import message
from ui.protocol.viewer import ViewerConfig
from ui.settings import Settings
from ui.tuned import tuned_thresholds

ACCEPT = ".png,.jpg,.jpeg,.tif,.tiff,.bmp,.webp,.dcm,.dicom,image/png,image/jpeg,image/tiff,image/bmp,image/webp"


def viewer_config(settings: Settings, without_image: int = 0) -> dict[str, Any]:
    """Return the viewer's configuration as JSON values.

    Args:
        settings: of the page.
        without_image: cases that are not in its list, since there are annotations alone.
    """
    return message(
        ViewerConfig,
        findings=list(FINDINGS),
        finding_names=[*FINDINGS, *sorted(set(CHEXLOCALIZE_NAMES.values()) - set(FINDINGS))],
        models=[known_model_content(key) for key in settings.keys],
        methods=[method_content(entry) for entry in EXPLAINERS.values()],
        shown=list(quick_names(settings.keys)),
        most_panes=MOST_PANES,
        palettes=palette_contents(),
        schemes=scheme_contents(),
        agreement=agreement_content(),
        tuned=tuned_thresholds(),
        steps=list(STEPS),
        accept=ACCEPT,
        without_image=without_image,
        phantom_first=only_demonstration(settings.models),
        device=settings.device,
        max_file_size=settings.max_file_size.upper().replace("MB", " MB"),
    )
