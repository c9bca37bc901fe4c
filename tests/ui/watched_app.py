"""The app, telling from inside how many opened cases are in its memory, and whether pyplot is.

python -m tests.ui.watched_app FILE FLAGS
"""

import sys
import threading
import time
from pathlib import Path
from typing import Any
from weakref import WeakSet

from ui.command import main
from ui.session import OpenCase


def _watch(place: Path) -> None:
    """Count the readings that live and write what is in memory into a file, over and over."""
    alive: WeakSet[OpenCase] = WeakSet()
    original = OpenCase.__init__

    def counted(self: OpenCase, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        alive.add(self)

    OpenCase.__init__ = counted  # type: ignore[method-assign]

    def tell() -> None:
        while True:
            temporary = place.with_suffix(".new")
            temporary.write_text(f"{len(alive)} {'matplotlib.pyplot' in sys.modules}")
            temporary.replace(place)
            time.sleep(0.1)

    threading.Thread(target=tell, daemon=True).start()


if __name__ == "__main__":
    _watch(Path(sys.argv.pop(1)))
    main()
