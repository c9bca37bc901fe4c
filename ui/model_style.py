"""The colours of the loaded models as a small style sheet: no other style sheet names a model."""

import json
from collections.abc import Iterable

from models.registry import colours


def model_style(keys: Iterable[str]) -> str:
    """Return rules that give every element with `data-model` its model's colour as `--mx-model`.

    The film is dark in both themes, so its elements have the colour of the dark one.
    """
    rules = []
    for key, colour in colours(keys).items():
        at = f"[data-model={json.dumps(key, ensure_ascii=False)}]"
        rules.append(f"{at} {{ --mx-model: {colour.light}; }}")
        rules.append(f".dark {at}, .viewer .film {at} {{ --mx-model: {colour.dark}; }}")
    return "\n".join(rules)
