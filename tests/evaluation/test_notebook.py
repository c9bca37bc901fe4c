"""The notebook runs from its first cell to its last, and shows what its text says."""

import ast
import io
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "evaluation"


def in_this_process(cells: list[str]) -> list[str]:
    """What the cells print, and what their last expressions are, one after the other."""
    names: dict[str, Any] = {}
    return [shown(cell, names) for cell in cells]


def shown(cell: str, names: dict[str, Any]) -> str:
    tree, printed = ast.parse(cell), io.StringIO()
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None  # noqa: S307
    return printed.getvalue() if value is None else repr(value)


def in_a_kernel(cells: list[str]) -> list[str]:
    """What each cell shows, as text, where Jupyter runs it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    client.execute(env={**os.environ, "OMP_NUM_THREADS": "1"})
    return [
        "".join(one.get("text", "") or one["data"]["text/plain"] for one in cell.outputs) for cell in notebook.cells
    ]


@pytest.fixture(scope="module", params=[in_this_process, pytest.param(in_a_kernel, marks=pytest.mark.thorough)])
def outputs(request: pytest.FixtureRequest) -> list[str]:
    """What each cell with code shows; a kernel takes longer to start than all of them."""
    notebook = nbformat.read(FOLDER / "score.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        patch.setattr(sys, "path", [*sys.path])
        return request.param([cell.source for cell in notebook.cells if cell.cell_type == "code"])


def test_every_cell_runs_and_says_what_it_should(outputs):
    assert "80 cases" in outputs[1]
    assert "lower right" in outputs[2] and "Mean" in outputs[2]
    assert "sign-flip permutation by patient" in outputs[3]
    assert "Protocol chexlocalize" in outputs[4]
    rates = dict(line.split(" ", 1) for line in outputs[5].splitlines())
    found = {policy: eval(text, {"__builtins__": {}}) for policy, text in rates.items()}  # noqa: S307  a dict of numbers
    assert found["miss"]["only its hits"] == found["miss"]["lower right"] < found["own"]["only its hits"] == 1
    assert found["common"]["lower right"] == 1
    assert outputs[6].startswith("only its hits has no usable map of")


def test_it_is_kept_without_its_outputs():
    notebook = nbformat.read(FOLDER / "score.ipynb", as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
