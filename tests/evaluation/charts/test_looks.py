"""Looks and colours of charts, against values worked out by hand and against the page's own style."""

import re
from pathlib import Path

import pytest

from evaluation.charts.looks import COLOURS, DASHES, LIGHT, SYMBOLS, dressed, plain, themed, turned
from tests.ui.test_style import colours, luminance

STYLE = Path(__file__).parents[3] / "ui" / "charts.css"


def series(selector: str) -> dict[str, str]:
    block = STYLE.read_text().split(f"\n{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--mx-(series-\d): (#[0-9a-f]{6})", block))


def test_a_template_gets_colour_dash_and_mark_of_its_look_and_keeps_all_else() -> None:
    template = {"line": {"color": "@look", "dash": "@dash"}, "fillcolor": "@look/0.2", "name": "@look", "x": ["@look"]}
    assert dressed(template, 1) == {
        "line": {"color": "@series-1", "dash": "7px,3px"},
        "fillcolor": "@series-1/0.2",
        "name": "@look",  # a name is never a colour, nor is a value
        "x": ["@look"],
    }
    assert template["line"] == {"color": "@look", "dash": "@dash"}  # the template itself stays


def test_themes_fill_in_colours_with_their_opacity() -> None:
    figure = {"layout": {"font": {"color": "@text"}, "shapes": [{"fillcolor": "@series-0/0.5"}], "other": "@unknown"}}
    assert themed(figure, {"text": "#102030", "series-0": "#0a0b0c"}) == {
        "layout": {
            "font": {"color": "#102030"},
            "shapes": [{"fillcolor": "rgba(10,11,12,0.5)"}],
            "other": "@unknown",
        }
    }


def test_after_the_last_colour_dash_and_mark_turn_on() -> None:
    looks = {(i % COLOURS, turned(i, DASHES), turned(i, SYMBOLS)) for i in range(40)}
    assert len(looks) == 40 and turned(0, DASHES) == "solid" and turned(8, DASHES) == "7px,3px"


def test_what_somebody_named_is_no_markup() -> None:
    assert plain("<b>a</b> & b") == "&lt;b>a&lt;/b> &amp; b"


def test_the_page_has_the_same_colours_and_each_can_be_seen_on_its_ground() -> None:
    assert series(":root") == {name: colour for name, colour in LIGHT.items() if name.startswith("series")}
    assert {name: LIGHT[name] for name in ("text", "soft", "line", "panel", "accent")}.items() <= colours(
        ":root"
    ).items()


@pytest.mark.parametrize("theme", [":root", ".dark"])
def test_series_stand_out_from_their_ground(theme: str) -> None:
    ground = luminance((colours(":root") | colours(theme))["panel"])
    found = series(theme)
    assert len(found) == COLOURS
    for colour in found.values():
        high, low = sorted((luminance(colour), ground), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5
