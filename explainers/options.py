"""From the words of the command line to methods, parameters and cases."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from data_cache.case import Case, stem_of
from data_cache.case_names import names_of
from data_cache.errors import InputError
from data_cache.image_lists import read_image_list
from explainers.base import Parameters
from explainers.pairs import parse_pair
from explainers.registry import EXPLAINERS


def parse_methods(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of METHOD or METHOD@MODEL; doubles count once.

    Returns:
        Their names, each as `explainers.pairs` writes it.

    Raises:
        typer.BadParameter: a method or model is unknown, a model cannot give what a method needs, or there is none.
    """
    try:
        names = tuple(dict.fromkeys(parse_pair(part).name for part in text.split(",") if part.strip()))
    except InputError as error:
        raise typer.BadParameter(str(error)) from None
    if not names:
        raise typer.BadParameter(f"expected methods out of {','.join(EXPLAINERS)}, found none.")
    return names


def parse_settings(settings: Sequence[str]) -> dict[str, str]:
    """Split settings of the form NAME=VALUE, METHOD.NAME=VALUE or METHOD@MODEL.NAME=VALUE.

    Raises:
        typer.BadParameter: one has another form.
    """
    parsed = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(
                f"expected NAME=VALUE, METHOD.NAME=VALUE or METHOD@MODEL.NAME=VALUE, found {setting!r}."
            )
        parsed[name.strip()] = value.strip()
    return parsed


def parameters_by_method(
    methods: Sequence[str], common: Mapping[str, Any], settings: Mapping[str, str]
) -> dict[str, Parameters]:
    """Give each method the parameters meant for it.

    Args:
        methods: METHOD or METHOD@MODEL.
        common: values by parameter name, for every method that has it.
        settings: the same, or by METHOD.NAME for one method on all models, or by METHOD@MODEL.NAME on one; the narrower
            wins.

    Raises:
        typer.BadParameter: a setting names no parameter of these methods, or a value is outside its limits.
    """
    used: set[str] = set()
    chosen = {}
    for method in methods:
        pair = parse_pair(method)
        entry = pair.entry
        values = {name: value for name, value in common.items() if name in entry.parameters.model_fields}
        for name in entry.parameters.model_fields:
            for key in (name, f"{pair.method}.{name}", f"{pair.method}@{pair.model}.{name}"):
                if key in settings:
                    values[name] = settings[key]
                    used.add(key)
        try:
            chosen[method] = entry.parse(values)
        except InputError as error:
            raise typer.BadParameter(str(error)) from None
    unused = [name for name in settings if name not in used]
    if unused:
        raise typer.BadParameter(f"no method out of {','.join(methods)} has the parameter {unused[0]}.")
    return chosen


def chosen_cases(
    images: Sequence[Path],
    images_from: tuple[Path | None, Path | None],
    source: tuple[str | None, Path | None, str | None],
) -> Sequence[Case]:
    """The cases that a command names in one of three ways.

    Args:
        images: image files.
        images_from: a list of images, and where its relative paths begin.
        source: a dataset of the registry, its root, its split.

    Raises:
        typer.BadParameter: they are named in no way, or in several.
        InputError: a list or a dataset is wrong.
    """
    (listed, begin), (key, root, split) = images_from, source
    named = [word for word, value in (("--image", images), ("--images-from", listed), ("--source", key)) if value]
    if len(named) != 1:
        found = " and ".join(named) or "none"
        raise typer.BadParameter(
            f"expected --image FILE, --images-from FILE.csv or --source chexlocalize --root DIR, found {found}."
        )
    if images:
        return image_cases(images)
    if listed is not None:
        return read_image_list(listed, begin)
    from data_cache.sources.registry import find_cases

    return find_cases(key or "", root, split)


def image_cases(images: Sequence[Path]) -> list[Case]:
    """Make a case of each image file, named by the file's stem.

    Where several have the same stem, see `data_cache.case_names`.

    Raises:
        InputError: their folders do not tell two files apart, so that their results would go to one folder.
    """
    names = names_of(images)
    if len(set(names)) < len(names):
        first, second = _two_of_one_name(images, names)
        raise InputError(
            f"Expected images of different names, found {stem_of(first.name)!r} twice ({first} and {second}); "
            "rename one or explain them into two folders."
        )
    return [
        Case(id=name, patient=name, source="file", image_path=path, provenance="image file")
        for name, path in zip(names, images, strict=True)
    ]


def _two_of_one_name(images: Sequence[Path], names: Sequence[str]) -> tuple[Path, Path]:
    repeated = next(name for name, count in Counter(names).items() if count > 1)
    first, second, *_ = (path for path, name in zip(images, names, strict=True) if name == repeated)
    return first, second
