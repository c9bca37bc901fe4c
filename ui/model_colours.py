"""The models' colours as a stylesheet: elements with `data-model="KEY"` have the model's colour as `--mx-model`."""

import re
from collections.abc import Iterable

from models.registry import colours


def model_colours(keys: Iterable[str]) -> str:
    """Make the stylesheet of some models, for a light page and for a dark one; the viewer's film is dark on both.

    Args:
        keys: of the registry.

    Raises:
        InputError: one is unknown.
    """
    rules = []
    for key, colour in colours(keys).items():
        place = f'[data-model="{_escaped(key)}"]'
        rules.append(f"{place} {{ --mx-model: {colour.light}; }}")
        rules.append(f".dark {place}, .viewer .film {place} {{ --mx-model: {colour.dark}; }}")
    return "\n".join(rules)


def _escaped(key: str) -> str:
    """A key inside a CSS string inside a style element: nothing in it ends either."""
    return re.sub(r"[^\w.:-]", lambda found: f"\\{ord(found.group()):x} ", key)
