"""Which tests go to one worker of `make test`, and which come first."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

# Tests that share what takes long to start: a browser, a running app or Space, the process whose forks are apps,
# full-size models. Those that drive the whole page have three browsers, those that drive its parts on a blank page two:
# a group that takes much longer than the others would go on alone in the end.
# A place is a file or a folder; the first that fits counts, and any other file is a group of its own.
# (xdist's marks for groups have no effect with this pytest, whose node ids are objects.)
_BROWSER = {
    "the page": ("accessibility", "app", "import_maps", "tasks", "visit"),
    "more of the page": (
        "assessment", "families", "foreign", "hands", "prices", "second_read", "sorting", "three_models", "trust",
    ),
    "benchmark": ("benchmark", "hosting", "site"),
    "maps": ("comparison", "drawing", "looking", "pairs", "readers"),
}  # fmt: skip
_APPS = ("command", "gate", "hosting", "many", "temporary", "tools")
GROUPS = {
    **{f"tests/browser/test_{name}.py": group for group, names in _BROWSER.items() for name in names},
    "tests/browser/": "parts of the page",
    **{f"tests/ui/test_{name}.py": "apps" for name in _APPS},
    "tests/evaluation/test_golden.py": "golden models",
    "tests/explainers/test_golden.py": "golden models",
    "tests/ui/test_api.py": "space",
    "tests/ui/test_spaces.py": "space",
}

# What takes longest comes first, so that no worker is left alone with it in the end: groups, files and folders. Tests
# with a browser wait for it half of the time; beside them some begin that only compute.
LONG = (
    "the page",
    "more of the page",
    "tests/data_cache/test_silence.py",
    "parts of the page",
    "apps",
    "space",
    "maps",
    "benchmark",
    "golden models",
    "tests/explainers/test_contract.py",
    "tests/explainers/test_shards.py",
    "tests/evaluation/test_any_models.py",
    "tests/models/test_timm_network.py",
    "tests/models/test_pickled_modules.py",
    "tests/explainers/test_interrupted.py",
    "tests/ui/test_trust.py",
    "tests/evaluation/commands/test_benchmark.py",
    "tests/evaluation/trust/",
    "tests/evaluation/cohort/test_curves.py",
    "tests/models/test_xrv.py",
    "tests/models/exporting/test_export.py",
    "tests/explainers/test_pairs.py",
    "tests/evaluation/readers/test_real_readers.py",
    "tests/models/test_golden.py",
    "tests/data_cache/sources/test_real_files.py",
    "tests/fuzz/",
    "tests/models/training/test_run.py",
    "tests/models/training/test_processes.py",
    "tests/evaluation/test_shard_sources.py",
    "tests/ui/test_one_map.py",
    "tests/ui/exports/test_making.py",
    "tests/test_portable.py",
    "tests/explainers/test_recipes.py",
)


def group_of(file: str) -> str:
    """The group of a file, named from the root: one of `GROUPS`, or the file itself."""
    return next((group for place, group in GROUPS.items() if file.startswith(place)), file)


def long_first(items: list[pytest.Item]) -> None:
    """Put the long tests first; the others stay in the order in which they were collected."""
    places = (*LONG, "")  # the last one is everywhere

    def rank(item: pytest.Item) -> int:
        group = group_of(item.path.relative_to(ROOT).as_posix())
        return next(number for number, place in enumerate(places) if group.startswith(place))

    items.sort(key=rank)


class OneWorkerAGroup(LoadScopeScheduling):
    """Hands whole groups of tests to workers, so that fixtures of files and groups are made once."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.split("::", 1)[0])
