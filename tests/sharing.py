"""Which tests go to one worker of `make test`, and which come first."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

# Tests that share what takes long to start: a browser, a running Space, the process whose forks are apps, full-size
# models. Those that drive the whole page have two browsers, those that drive its parts on a blank page another.
# A place is a file or a folder; the first that fits counts, and any other file is a group of its own.
# (xdist's marks for groups have no effect with this pytest, whose node ids are objects.)
_WHOLE_PAGE = ("accessibility", "app", "benchmark", "hosting", "tasks")
_MORE_OF_IT = (
    "assessment", "families", "foreign", "hands", "prices", "second_read", "sorting", "three_models", "trust", "visit",
)  # fmt: skip
_APPS = ("command", "gate", "hosting", "many", "temporary", "tools")
GROUPS = {
    **{f"tests/browser/test_{name}.py": "the page" for name in _WHOLE_PAGE},
    **{f"tests/browser/test_{name}.py": "more of the page" for name in _MORE_OF_IT},
    "tests/browser/": "parts of the page",
    **{f"tests/ui/test_{name}.py": "apps" for name in _APPS},
    "tests/evaluation/test_golden.py": "golden models",
    "tests/explainers/test_golden.py": "golden models",
    "tests/ui/test_api.py": "space",
    "tests/ui/test_spaces.py": "space",
}

# What takes longest comes first, so that no worker is left alone with it in the end.
LONG = (
    *(f"tests/browser/test_{name}.py" for name in _WHOLE_PAGE),
    *(f"tests/browser/test_{name}.py" for name in _MORE_OF_IT),
    "tests/browser/",
    "tests/data_cache/test_silence.py",
    *(f"tests/ui/test_{name}.py" for name in _APPS),
    "tests/explainers/test_interrupted.py",
    "tests/evaluation/test_readme.py",
    "tests/evaluation/test_golden.py",
    "tests/explainers/test_golden.py",
    "tests/ui/test_api.py",
    "tests/ui/test_spaces.py",
    "tests/models/training/test_processes.py",
    "tests/models/training/test_run.py",
    "tests/models/test_timm_network.py",
    "tests/evaluation/test_shard_sources.py",
    "tests/evaluation/test_any_models.py",
    "tests/test_portable.py",
    "tests/explainers/test_recipes.py",
    "tests/fuzz/",
)


def long_first(items: list[pytest.Item]) -> None:
    """Put the long tests first; the others stay in the order in which they were collected."""
    places = (*LONG, "")  # the last one is everywhere

    def rank(item: pytest.Item) -> int:
        file = item.path.relative_to(ROOT).as_posix()
        return next(number for number, place in enumerate(places) if file.startswith(place))

    items.sort(key=rank)


class OneWorkerAGroup(LoadScopeScheduling):
    """Hands whole groups of tests to workers, so that fixtures of files and groups are made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((group for place, group in GROUPS.items() if file.startswith(place)), file)
