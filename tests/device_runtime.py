"""What visitors' devices compute with, for tests: from the packages that `make lint` installs, without a word."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_cache.downloads import Progress
from ui.device.runtime import fetch_runtime, missing_files
from ui.settings import Settings

PACKAGES = Path(__file__).parents[1] / "node_modules"


@contextmanager
def unseen(_: str) -> Iterator[Progress]:
    """Progress that nobody is shown."""
    yield lambda done, total: None


def runtime(folder: Path) -> Path:
    """Where it lies: as the app has it, or copied into a folder.

    Raises:
        InputError: it is in neither place.
    """
    if not missing_files(Settings.device_runtime):
        return Settings.device_runtime.resolve()
    fetch_runtime(folder, unseen, PACKAGES)
    return folder
