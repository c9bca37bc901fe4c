"""`python -m ui.protocol [--check]`: write what the page knows of the messages, or say whether that is still so."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import run
from data_cache.errors import InputError
from ui.protocol.sending import types, version

FOLDER = Path(__file__).parents[1] / "js"
_MADE = "// Made by `python -m ui.protocol` from the models of ui/protocol: change those, not this file.\n"


def files() -> dict[str, str]:
    """Return what stands in each file of the page's folder that is made from the messages."""
    constant = f'/** The version of all messages. */\nexport const PROTOCOL = "{version()}";\n'
    return {"messages.d.ts": f"{_MADE}\n{types()}", "protocol.js": f"{_MADE}\n{constant}"}


def write(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file would change.")] = False,
) -> None:
    """Write the types of all messages, and their version, where the page reads them."""
    for name, text in files().items():
        path = FOLDER / name
        if check and (not path.is_file() or path.read_text("utf-8") != text):
            raise InputError(f"Expected {name} to fit the messages, found another; run `python -m ui.protocol`.")
        if not check:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(write)
    run(app)
