"""The page's colours of text can be read: contrast by WCAG 2, computed from the style itself."""

import re
from pathlib import Path

import pytest

from models.registry import MODELS, SPARE_COLOURS
from ui.model_colours import model_colours
from ui.page_files import STYLES

STYLE = Path(__file__).parents[2] / "ui" / "viewer.css"


PAIRS = [
    ("text", "bg"), ("text", "panel"), ("soft", "bg"), ("soft", "panel"), ("soft", "raised"), ("text", "accent-soft"),
    ("soft", "accent-soft"), ("accent", "panel"), ("accent", "accent-soft"),
    ("bad", "bg"), ("bad", "bad-soft"), ("warn", "warn-soft"), ("warn", "raised"), ("film-text", "film"),
    ("film-soft", "film"),
]  # fmt: skip


def colours(selector: str) -> dict[str, str]:
    block = STYLE.read_text().split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--mx-([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_a_contrast_of_at_least_4_5(theme: str, text: str, ground: str) -> None:
    chosen = colours(":root") | (colours(".dark") if theme == "dark" else {})
    high, low = sorted((luminance(chosen[text]), luminance(chosen[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["panel", "film"])
def test_the_colours_of_models_can_be_read_too(theme: str, ground: str) -> None:
    chosen = colours(":root") | (colours(".dark") if theme == "dark" else {})
    theme = "dark" if ground == "film" else theme  # the film is dark in both
    own = [entry.colour for entry in MODELS.values() if entry.colour is not None]
    for colour in (*own, *SPARE_COLOURS):
        high, low = sorted((luminance(getattr(colour, theme)), luminance(chosen[ground])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_every_loaded_model_has_its_colour_and_no_style_sheet_names_one() -> None:
    style = model_colours(["medicalpatchnet", "cnn", "timm:resnet18"])
    assert len(set(re.findall(r"--model: (#[0-9a-f]{6})", style))) == 6
    assert '[data-model="timm:resnet18"]' in style
    written = "".join(path.read_text() for path in STYLES)
    assert not [key for key in MODELS if re.search(rf"[.\"'-]{key}\b", written)]
