"""Which tests go to one worker of `make test`, in the order in which they are collected."""

from xdist.scheduler import LoadScopeScheduling

# Tests that share what takes long to start: a browser, a running Space, full-size models. One browser at a time also
# leaves the other core to the other worker. A place is a file or a folder; any other file is a group of its own.
# (xdist's marks for groups have no effect with this pytest, whose node ids are objects.)
GROUPS = {
    "tests/browser/": "browser",
    "tests/evaluation/test_golden.py": "golden models",
    "tests/explainers/test_golden.py": "golden models",
    "tests/ui/test_api.py": "space",
    "tests/ui/test_spaces.py": "space",
}


class OneWorkerAGroup(LoadScopeScheduling):
    """Hands whole groups of tests to workers, so that fixtures of files and groups are made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((group for place, group in GROUPS.items() if file.startswith(place)), file)
