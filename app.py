"""Starts the app: `python app.py`, or `make run`. Flags and environment variables: `python app.py --help`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  parsed by older Pythons too, to say so
    sys.exit("Expected Python 3.11 or newer, found {}.{}: start app.py with a newer one.".format(*sys.version_info[:2]))

from ui.command import main

if __name__ == "__main__":
    main()
