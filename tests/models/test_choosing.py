"""Which models with which weights, in the words of the command lines."""

from pathlib import Path

import pytest
import typer

from models import choosing
from models.choosing import (
    chosen_weights,
    default_weights,
    in_registry_order,
    known_model,
    only_demonstration,
    weights_of,
)
from models.registry import DEFAULT_MODELS, MODELS


def test_short_options_are_those_of_two_models() -> None:
    assert chosen_weights("a.pt", "b.pt") == chosen_weights(models=["medicalpatchnet=a.pt", "cnn=b.pt"])
    assert chosen_weights(cnn="b.pt", models=["timm:resnet18 = hf://me/mine/c=d.pt"]) == {
        "cnn": "b.pt",
        "timm:resnet18": "hf://me/mine/c=d.pt",
    }
    assert chosen_weights() == {}


@pytest.mark.parametrize("text", ["", "cnn", "=a.pt", "cnn=", " = ", "cnn:a.pt"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"expected KEY=WEIGHTS, found '{text}'"):
        chosen_weights(models=[text])


def test_an_unknown_model_is_refused_with_a_near_name() -> None:
    with pytest.raises(typer.BadParameter, match=r"Unknown model 'medicalpatchne': .* did you mean medicalpatchnet\?"):
        chosen_weights(models=["medicalpatchne=a.pt"])
    with pytest.raises(typer.BadParameter, match="Unknown model 'resnet'"):
        known_model("resnet")
    assert known_model("timm:resnet18") == "timm:resnet18"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"cnn": "a.pt", "models": ["cnn=b.pt"]}, "cnn"),
        ({"models": ["timm:resnet18=a.pt", "timm:resnet18=b.pt"]}, "timm:resnet18"),
    ],
)
def test_two_files_for_one_model_are_refused(options: dict[str, object], key: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"expected one file for {key}, found a.pt and b.pt"):
        chosen_weights(**options)  # type: ignore[arg-type]


def test_what_is_needed_and_what_is_named_besides() -> None:
    chosen = chosen_weights(cnn="b.pt", models=["timm:resnet18=c.pt"])
    assert weights_of(["medicalpatchnet", "cnn"], chosen) == {"medicalpatchnet": "auto", "cnn": "b.pt"}
    assert weights_of(["cnn"], chosen, ["timm:resnet18=c.pt"]) == {"cnn": "b.pt", "timm:resnet18": "c.pt"}
    with pytest.raises(typer.BadParameter, match="weights of timm:vgg11, found none; give --model timm:vgg11=FILE"):
        weights_of(["timm:vgg11"], chosen)


def test_defaults_and_order() -> None:
    assert default_weights() == dict.fromkeys(DEFAULT_MODELS, "auto")
    assert in_registry_order(["timm:a", *reversed(MODELS)]) == [*MODELS, "timm:a"]


def test_demonstration_weights_are_known_before_they_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choosing, "cached_path", lambda file: None)
    assert only_demonstration(default_weights()) and only_demonstration({"cnn": "demo"})
    assert not only_demonstration({"medicalpatchnet": "auto", "cnn": "mine.pt"})
    assert not only_demonstration({"cnn": "official"})
    monkeypatch.setattr(choosing, "cached_path", lambda file: tmp_path)
    assert not only_demonstration(default_weights())
