import re

import pytest

from data_cache.errors import InputError
from models.registry import MODELS
from ui.model_colours import model_colours

RULE = re.compile(r'(\.dark .*)?\[data-model="([^"]*)"\] \{ --model: (#[0-9a-f]{6}); \}')


def test_every_model_has_its_own_colour_on_light_and_on_dark_pages() -> None:
    own = [key for key, entry in MODELS.items() if entry.colour is not None]
    keys = [*own, *(f"timm:resnet{depth}" for depth in range(8))]
    found = {(name, bool(dark)): colour for dark, name, colour in RULE.findall(model_colours(keys))}
    assert set(found) == {(key, dark) for key in keys for dark in (False, True)}
    for dark in (False, True):
        assert len({found[key, dark] for key in keys}) == len(keys)
    for key in own:
        assert (found[key, False], found[key, True]) == MODELS[key].colour


def test_colours_can_be_read_on_their_pages() -> None:
    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    own = [key for key, entry in MODELS.items() if entry.colour is not None]
    keys = [*own, *(f"timm:resnet{depth}" for depth in range(8))]
    for dark, _, colour in RULE.findall(model_colours(keys)):
        high, low = sorted((luminance(colour), luminance("#171b20" if dark else "#ffffff")), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour


def test_the_film_is_dark_on_both_pages() -> None:
    (rule,) = (line for line in model_colours(["cnn"]).splitlines() if ".film" in line)
    assert rule.startswith('.dark [data-model="cnn"], .viewer .film [data-model="cnn"] {')


def test_a_name_cannot_leave_its_string() -> None:
    css = model_colours(['timm:a"] { color: red } </style>'])
    assert len(RULE.findall(css)) == 2
    assert "<" not in css and "color: red }" not in css.replace("\\20 ", " ").replace("\\7d ", "")


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InputError, match="Unknown model"):
        model_colours(["nobody"])
