"""`python -m evaluation ablate`."""

from pathlib import Path
from typing import Annotated

import typer


def ablate(
    config: Annotated[Path, typer.Option(help="Variants of a training config and seeds (YAML).")],
    out: Annotated[Path, typer.Option(help="Folder for networks, numbers and tables; a stopped call goes on there.")],
    root: Annotated[Path | None, typer.Option(help="Folder of the cohort, instead of the config's.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Variants and seeds at work side by side.")] = 1,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of all variants, e.g. data.loader_workers=1."),
    ] = None,
) -> None:
    """Train every variant of a recipe with every seed, score them alike, and tabulate mean, deviation and each seed."""
    from tqdm import tqdm

    from evaluation.ablation.plan import parse_changes, read_ablation, tasks_of
    from evaluation.ablation.running import run_tasks  # imports torch
    from evaluation.ablation.summary import write_tables

    ablation = read_ablation(config)
    given = dict(parse_changes(changes or ()))
    tasks = tasks_of(ablation, out, given if root is None else {**given, "data.root": str(root)})
    numbers = {}
    with tqdm(total=len(tasks), desc=ablation.name, unit="run", disable=None) as bar:
        for task, found in run_tasks(tasks, ablation, jobs):
            numbers[task.variant, task.seed] = found
            write_tables(out, ablation, numbers)
            bar.update()
    typer.echo(write_tables(out, ablation, numbers))
