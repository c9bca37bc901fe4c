"""Files of weights from outside, and the YAML that says what they are.

The YAML lies beside the weights under their name (`mine.safetensors`, `mine.yaml`), or is named itself and holds
`weights:`, a path from its own folder or an hf:// address. It says what the model's architecture needs (for timm's
backbones `input_size`, `findings`, …) and may say `owner`, `licence`, `trained_on` and `probabilities`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_cache.errors import InputError
from data_cache.yaml_files import read_yaml
from models.hub import NotFoundError, from_hub, is_on_hub

SETTINGS_SUFFIXES = (".yaml", ".yml")
_WHAT = "the settings of a model"


@dataclass(frozen=True)
class Located:
    """A file of weights.

    Attributes:
        path: the file.
        settings: what was found with it.
        address: hf://… where it is from there.
        instead: why it stands in for other weights, in one sentence; empty where it does not.
    """

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    instead: str = ""


def locate_outside(spec: str | Path) -> Located:
    """Find weights that a path or an hf:// address names, with their settings.

    Raises:
        InputError: the settings cannot be read or name no weights, or the Hub does not have the file.
    """
    if is_on_hub(spec):
        return Located(from_hub(str(spec)), _settings_on_hub(str(spec)), str(spec))
    path = Path(spec)
    if path.suffix in SETTINGS_SUFFIXES:
        return _named_by(path)
    beside = next((path.with_suffix(s) for s in SETTINGS_SUFFIXES if path.with_suffix(s).is_file()), None)
    return Located(path, read_yaml(beside, _WHAT) if beside is not None else {})


def _named_by(path: Path) -> Located:
    settings = read_yaml(path, _WHAT)
    weights = settings.pop("weights", None)
    if not isinstance(weights, str) or not weights:
        raise InputError(f"Expected weights: FILE in {path.name}, found none; name the file of weights there.")
    if is_on_hub(weights):
        return Located(from_hub(weights), settings, weights)
    return Located(path.parent / weights, settings)


def _settings_on_hub(address: str) -> Mapping[str, Any]:
    """The YAML beside a file on the Hub; none is no error, since the file's metadata may say everything."""
    stem = address.rpartition(".")[0]
    try:
        path = from_hub(f"{stem}{SETTINGS_SUFFIXES[0]}")
    except NotFoundError:
        return {}
    return read_yaml(path, _WHAT)
