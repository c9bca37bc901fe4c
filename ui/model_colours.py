"""The models' colours as a stylesheet: elements with `data-model="KEY"` have the model's colour as `--model`."""

import re
from collections.abc import Iterable

from models.registry import colours


def model_colours(keys: Iterable[str]) -> str:
    """Make the stylesheet of some models, for a light page and for a dark one.

    Args:
        keys: of the registry.

    Raises:
        InputError: one is unknown.
    """
    return "\n".join(
        f"{on}{place} {{ --model: {colour}; }}"
        for place, found in ((f'[data-model="{_escaped(key)}"]', both) for key, both in colours(keys).items())
        for on, colour in (("", found.light), (".dark ", found.dark))
    )


def _escaped(key: str) -> str:
    """A key inside a CSS string inside a style element: nothing in it ends either."""
    return re.sub(r"[^\w.:-]", lambda found: f"\\{ord(found.group()):x} ", key)
