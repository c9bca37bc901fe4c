"""Parameters as the browser's controls: each kind of field, and those of all methods."""

from enum import Enum
from typing import Literal

import pytest
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.base import Parameters
from explainers.registry import EXPLAINERS
from ui.fields import field_contents


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Every(Parameters):
    count: int = Field(default=3, ge=1, le=9, title="Count", description="How many.")
    share: float = Field(default=0.5, gt=0, lt=1)
    way: Literal["up", "down"] = "up"
    power: Literal[1, 2] = 2
    only: Literal["this"] = "this"
    colour: Colour = Colour.RED
    on: bool = False
    name: str = Field(default="", max_length=7)
    least: int | None = Field(default=None, ge=0)


def test_each_kind_of_field_is_described_with_its_limits() -> None:
    found = {field["name"]: field for field in field_contents(Every)}
    kinds = {"kind": "number", "whole": True, "optional": False}
    assert found["count"] == {
        "name": "count", "title": "Count", "words": "How many.", "default": 3, "least": 1, "most": 9, **kinds
    }  # fmt: skip
    assert (found["share"]["above"], found["share"]["below"], found["share"]["whole"]) == (0, 1, False)
    options = {name: found[name]["options"] for name in ("way", "power", "only", "colour")}
    assert options == {"way": ["up", "down"], "power": [1, 2], "only": ["this"], "colour": ["red", "blue"]}
    assert found["on"]["kind"] == "switch" and found["on"]["default"] is False
    assert found["name"]["kind"] == "text" and found["name"]["most"] == 7
    assert found["least"]["optional"] and found["least"]["kind"] == "number" and found["least"]["least"] == 0


def test_a_finding_to_compare_with_is_chosen_from_the_findings() -> None:
    (against,) = (field for field in field_contents(EXPLAINERS["finercam"].parameters) if field["name"] == "against")
    assert against["kind"] == "choice" and against["options"] == ["", *FINDINGS]
    assert against["default"] == "" and against["empty"] == "nearest logit"
    assert all(EXPLAINERS["finercam"].parse({"against": one}).against == one for one in against["options"])


@pytest.mark.parametrize("key", EXPLAINERS)
def test_the_defaults_of_every_method_are_accepted(key: str) -> None:
    entry = EXPLAINERS[key]
    fields = field_contents(entry.parameters)
    assert entry.parse({field["name"]: field["default"] for field in fields}) == entry.parse(None)
    assert all(field["title"] and field["words"] for field in fields)
