"""The recipes of the README, with stand-ins for SLURM and Ray."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explainers.shard_summary import sum_up
from tests.warm import warm_executable

ROOT = Path(__file__).parents[2]
README = (ROOT / "explainers" / "README.md").read_text()


def recipe(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture
def films(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(5):
        Image.fromarray(rng.integers(0, 255, (250, 240), np.uint8)).save(tmp_path / f"f{number}.png")
    (tmp_path / "films.csv").write_text("path\n" + "".join(f"f{number}.png\n" for number in range(5)))
    return tmp_path / "films.csv"


def sent(films, task, array, words):
    """A task of an array job, as a scheduler starts it."""
    told = {
        "SLURM_ARRAY_JOB_ID": "7",
        "SLURM_ARRAY_TASK_ID": str(task),
        "SLURM_ARRAY_TASK_COUNT": str(len(array)),
        "SLURM_ARRAY_TASK_MIN": str(min(array)),
        "SLURM_ARRAY_TASK_MAX": str(max(array)),
        "SLURM_CPUS_PER_TASK": "1",
        "SLURM_NTASKS": "1",
        "SLURM_PROCID": "0",
        "SHARDS": "2",
        "PATH": f"{Path(warm_executable()).parent}{os.pathsep}{os.environ['PATH']}",
    }
    script = films.with_name("recipe.sh")
    script.write_text(recipe("bash"))
    command = ["bash", script, films, films.with_name("OUT"), *words]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told}, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("again", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_a_task_of_an_array_job_and_one_that_is_sent_again_alone(films, small_weights, again):
    words = ["--patchnet", small_weights["medicalpatchnet"], "--methods", "raw", "--backend", "torch-cpu"]
    first = sent(films, 0, (0, 1), words)
    assert "3 explained, 0 kept as they were, 0 wrong" in first.communicate(timeout=240)[0] and first.returncode == 0
    out = films.with_name("OUT")
    assert set(sum_up(out).shards) == {"0-of-2"}
    expected = sum_up(out).expected
    assert (expected.least, expected.most, expected.shown) == (5, 6, ("the shard 1/2, 2 or 3 cases",))
    if not again:
        return
    second = sent(films, 1, (1,), words)
    assert "2 explained, 0 kept as they were, 0 wrong" in second.communicate(timeout=240)[0] and second.returncode == 0
    assert not sum_up(out, check=True).wrong and set(sum_up(out).shards) == {"0-of-2", "1-of-2"}


class Shards:
    """What the recipe asks of `ray.data.range`: one object a worker, called with each row."""

    def __init__(self, count, override_num_blocks):
        assert count == override_num_blocks
        self.rows = [{"id": np.int64(number)} for number in range(count)]

    def map(self, made, compute, num_cpus):
        workers = [made() for _ in range(compute.size)]
        self.rows = [workers[place % compute.size](row) for place, row in enumerate(self.rows)]
        return self

    def take_all(self):
        return self.rows


def test_ray_data(films, monkeypatch, small_weights, capsys):
    ray = types.ModuleType("ray")
    ray.data = types.SimpleNamespace(range=Shards, ActorPoolStrategy=types.SimpleNamespace)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.chdir(films.parent)
    text = recipe("python").replace("SHARDS, WORKERS = 64, 16", "SHARDS, WORKERS = 3, 2")
    text = text.replace('load_predictor("official", key)', "load_predictor(WEIGHTS[key], key, 'torch-cpu')")
    exec(compile(text, "recipe", "exec"), {"WEIGHTS": small_weights})
    assert capsys.readouterr().out.count("'wrong': 0") == 3
    assert not sum_up(films.with_name("OUT"), check=True).wrong
