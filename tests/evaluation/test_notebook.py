"""The notebook runs from its first cell to its last, and shows what its text says."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "evaluation"


@pytest.fixture(scope="module")
def outputs() -> list[str]:
    """What each cell with code shows, as text."""
    notebook = nbformat.read(FOLDER / "score.ipynb", as_version=4)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    client.execute(env=environment)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(one.get("text", "") or one["data"]["text/plain"] for one in cell.outputs) for cell in cells]


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
