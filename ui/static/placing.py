"""Where a site goes: into a new folder beside its place, which takes the place once all is there."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_cache.errors import InputError

GENERATOR = "medicalpatchnet-explorer, ui.static"  # by which a page is known for one that was written here


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """A new folder beside a place, which gets its name if nothing goes wrong.

    Raises:
        InputError: something lies at the place that is no such site.
    """
    place = place.resolve()
    _refuse_other(place)
    new = place.with_name(f"{place.name}.new-{secrets.token_hex(4)}")
    old = place.with_name(f"{place.name}.old-{secrets.token_hex(4)}")
    new.mkdir(parents=True)
    try:
        yield new
        _refuse_other(place)  # hours may have passed
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        for one in (new, old):
            shutil.rmtree(one, ignore_errors=True)


def _refuse_other(place: Path) -> None:
    page = place / "index.html"
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return
    if not page.is_file() or f'content="{GENERATOR}"' not in page.read_text("utf-8", "replace"):
        raise InputError(f"Expected a new or empty folder or an earlier site, found {place} with something else in it.")
