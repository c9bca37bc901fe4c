"""`python -m ui.space_card FOLDER`: lay out a Hugging Face Space: the files, and a README that the Hub reads.

The front matter is made here and nowhere else, so that the README of the project stays free of it; its versions are
those of requirements.txt.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from huggingface_hub import SpaceCard, SpaceCardData

from data_cache.cli import run
from data_cache.errors import InputError
from models.registry import DEFAULT_MODELS, MODELS
from ui.command import app as app_command

_ROOT = Path(__file__).parents[1]
# Tests, and what checks the JavaScript.
_LEFT_OUT = ("tests/", ".ci/", "package.json", "package-lock.json", "eslint.config.js", "tsconfig.json")
_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def card_data(space: str = "") -> SpaceCardData:
    """Return the front matter of a Space; `space` is its name on the Hub, such as somebody/explorer."""
    further = (
        {"thumbnail": f"https://huggingface.co/spaces/{space}/resolve/main/ui/pictures/explore.webp"} if space else {}
    )
    preloaded = _official_files()
    return SpaceCardData(
        title="MedicalPatchNet Explorer",
        emoji="🩻",
        colorFrom="blue",
        colorTo="red",
        sdk="gradio",
        sdk_version=_pinned("gradio"),
        python_version="3.11",
        app_file="app.py",
        license="mit",
        short_description="See where chest X-ray models look",
        suggested_hardware="cpu-basic",
        startup_duration_timeout="30m",
        models=list(preloaded),
        preload_from_hub=[f"{repository} {','.join(names)}" for repository, names in preloaded.items()],
        tags=["chest-x-ray", "explainability", "saliency", "medical-imaging"],
        **further,  # type: ignore[arg-type]
    )


def _official_files() -> dict[str, list[str]]:
    """Names of the official files of the models that are loaded by default, by repository."""
    found: dict[str, list[str]] = {}
    for file in (MODELS[key].official for key in DEFAULT_MODELS):
        if file is not None:
            found.setdefault(file.repository, []).append(file.filename)
    return found


def card(readme: str, space: str = "") -> str:
    """Return a README with the front matter before it.

    Raises:
        InputError: it has one already.
    """
    if readme.startswith("---"):
        raise InputError("Expected the README without front matter, found some: start from the project's own README.")
    return str(SpaceCard(f"---\n{card_data(space).to_yaml()}\n---\n\n{readme}"))


def _pinned(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)$", (_ROOT / "requirements.txt").read_text(), re.MULTILINE)
    if found is None:
        raise InputError(f"Expected {package} with its version in requirements.txt, found none.")
    return found.group(1)


def _tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError("Expected a clone made with git, found none: run this inside one.")
    names = done.stdout.split("\0")
    return [name for name in names if name and not name.startswith(_LEFT_OUT) and (_ROOT / name).is_file()]


def settings_table() -> str:
    """Return the settings of the app as a Markdown table, made from its command."""
    command = typer.main.get_command(app_command)
    lines = ["| variable | flag | default | what it decides |", "|---|---|---|---|"]
    for option in command.params:
        if option.envvar:
            default = "" if option.default in (None, "", False) else f"`{option.default}`"
            words = getattr(option, "help", "")
            lines.append(f"| `{option.envvar}` | `{' / '.join(option.opts)}` | {default} | {words} |")
    return "\n".join(lines)


@_app.command()
def write(
    folder: Annotated[Path | None, typer.Argument(help="Empty or new folder for the Space.")] = None,
    space: Annotated[str, typer.Option(help="Name on the Hub, such as somebody/explorer; for the thumbnail.")] = "",
    settings: Annotated[bool, typer.Option("--settings", help="Print the table of settings instead.")] = False,
) -> None:
    """Lay out a Space, ready to be uploaded."""
    if settings or folder is None:
        typer.echo(settings_table())
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"Expected an empty or new folder, found {folder} with something in it: name another.")
    if space and not re.fullmatch(r"[\w.-]+/[\w.-]+", space):
        raise InputError(f"Expected a name such as somebody/explorer, found {space!r}.")
    names = _tracked()
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(_ROOT / name, target)
    (folder / "README.md").write_text(card((_ROOT / "README.md").read_text(encoding="utf-8"), space), encoding="utf-8")
    typer.echo(f"{len(names)} files for the Space are in {folder}.")


if __name__ == "__main__":
    run(_app)
