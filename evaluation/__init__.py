"""Benchmarks of saliency maps. `score` scores arrays; everything else is in the modules.

Importing this package is cheap: what `score` needs is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

import data_cache.silence  # noqa: F401  before any library

if TYPE_CHECKING:
    from evaluation.array_scores import Scored, score

__all__ = ["Scored", "score"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'evaluation' has no attribute {name!r}")
    from evaluation import array_scores

    return getattr(array_scores, name)
