"""Results in blocks with ledgers: the same as in folders, resumed, retried, damaged, summed up."""

import hashlib
import json
import os
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import DamagedFile, read_tensors
from explainers import outputs
from explainers.ledger import LEDGER, Begun, read_ledger
from explainers.options import parameters_by_method
from explainers.registry import EXPLAINERS
from explainers.runner import Plan, run_cases
from explainers.shard_index import read_index
from explainers.shard_layout import Limits, Shard, run_shard
from explainers.shard_reading import read_header, read_maps, read_row
from explainers.shard_summary import _expected as expected_cases
from explainers.shard_summary import sum_up
from explainers.shards import Blocks, Row
from explainers.sharing import Share
from explainers.stored import open_results, refuse_other_layout

COUNT = 7
WHOLE = Share()
THOROUGH = pytest.mark.thorough
MIXED = ["raw", "gradcam", "gradcam@timm:test_resnet"]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(COUNT):
        cv2.imwrite(str(folder / f"c{number}.png"), rng.integers(0, 255, (250 + number, 240), np.uint8))
    return folder


def cases_in(folder):
    paths = sorted(folder.glob("c*.png"))
    return [Case(id=path.stem, patient=path.stem, source="file", image_path=path) for path in paths]


@pytest.fixture
def cases(images, tmp_path):
    shutil.copytree(images, tmp_path, dirs_exist_ok=True)
    return cases_in(tmp_path)


@pytest.fixture(scope="module")
def models(small_models):
    return {key: small_models[key] for key in ("medicalpatchnet", "cnn", "timm:test_resnet")}


@pytest.fixture
def said():
    return []


def plan_of(out, models, names=MIXED, **common):
    return Plan(out, parameters_by_method(names, common, {}), models)


def run(cases, plan, said, share=WHOLE, block=3, batch=1):
    passes = []
    tally = run_shard(cases, plan, share, said.append, passes.append, limits=Limits(block), batch=batch)
    return tally.explained, tally.kept, len(tally.problems), len(passes)


@pytest.fixture(scope="module")
def finished_shards(images, models, tmp_path_factory):
    plan, said = plan_of(tmp_path_factory.mktemp("shards") / "out", models), []
    assert run(cases_in(images), plan, said) == (COUNT, 0, 0, 3 * COUNT) and not said
    return plan.out


@pytest.fixture
def finished(finished_shards, models, tmp_path):
    """The plan of a run that has come to its end, of which each test has a copy."""
    return plan_of(shutil.copytree(finished_shards, tmp_path / "out"), models)


@pytest.fixture(scope="module")
def folders(images, models, tmp_path_factory):
    """Where the same results lie in folders; read it only."""
    plan = plan_of(tmp_path_factory.mktemp("folders") / "out", models)
    run_cases(cases_in(images), plan, pytest.fail)
    return plan.out


def contents(out):
    """Every case's maps and sections, by the reader that everybody uses."""
    results = open_results(out)
    found = {}
    for name, files in results.files().items():
        maps = results.maps(name, "")
        for case in files:
            arrays, text = maps.read(case)
            found[case, name] = arrays["maps"].tobytes(), sorted(text.items())
            found[case, "sections"] = json.dumps(results.sections(case), sort_keys=True)
    return found


@pytest.fixture(scope="module")
def whole_contents(finished_shards):
    return contents(finished_shards)


def test_blocks_hold_what_folders_hold(finished_shards, folders):
    """Read by the safetensors library alone."""
    paths = sorted(finished_shards.glob("0-of-1/*.safetensors"))
    assert [path.name for path in paths] == ["000000.safetensors", "000001.safetensors", "000002.safetensors"]
    rows = 0
    for path in paths:
        tensors = load_file(path)
        with safe_open(path, "np") as file:
            text = json.loads(file.metadata()["block"])
        assert text["findings"] == list(FINDINGS)
        for row, case in enumerate(text["cases"]):
            rows += 1
            for name in MIXED:
                stored, metadata = read_tensors(folders / case["id"] / outputs.file_name(name))
                np.testing.assert_array_equal(tensors[f"maps/{name}"][row], stored["maps"])
                made = text["maps"][name]
                assert {key: metadata[key] for key in made if key != "input_size"} == {
                    key: value for key, value in made.items() if key != "input_size"
                }
                geometry = {**case, "input_size": made["input_size"]}
                kept = json.loads(metadata["geometry"])
                assert all(geometry[side] == kept[side] for side in ("height", "width", "input_size"))
            for section, one in json.loads((folders / case["id"] / "prediction.json").read_text()).items():
                for part in ("logits", "probabilities"):
                    expected = np.array(list(one[part].values()), float)
                    np.testing.assert_array_equal(tensors[f"{part}/{section}"][row].astype(float), expected)
                if "patch_logits" in one:
                    np.testing.assert_array_equal(
                        tensors[f"patch_logits/{section}"][row].astype(float), np.array(one["patch_logits"], float)
                    )
    assert rows == COUNT


def test_both_layouts_are_read_alike(cases, models, said, folders, tmp_path):
    shards = plan_of(tmp_path / "shards", models)
    for index in range(3):
        run(cases, shards, said, Share(index, 3), block=2)
    found, expected = contents(shards.out), contents(folders)
    assert found.keys() == expected.keys() and len(found) == COUNT * 4
    assert found == expected


def test_the_same_cases_make_the_same_bytes(cases, models, said, finished_shards, tmp_path):
    run(cases, plan_of(tmp_path / "two", models), said)
    one, two = (
        [path.read_bytes() for path in sorted(out.glob("*/*.safetensors"))]
        for out in (finished_shards, tmp_path / "two")
    )
    assert one == two


def test_a_second_run_reads_no_image_and_no_map(cases, finished, said, monkeypatch):
    plan = finished
    with monkeypatch.context() as patched:
        patched.setattr(outputs, "image_sha256", pytest.fail)
        patched.setattr("explainers.shard_reading.read_header", pytest.fail)
        assert run(cases, plan, said) == (0, COUNT, 0, 0)
        assert run(cases, plan, said, Share(1, 2)) == (0, 3, 0, 0)  # divided otherwise
    cases[0].image_path.touch()  # changed in time alone
    assert run(cases, plan, said) == (0, COUNT, 0, 0)
    cases[0].image_path.write_bytes(cases[1].image_path.read_bytes())
    assert run(cases, plan, said) == (1, COUNT - 1, 0, 3) and not said
    assert run(cases, plan, said) == (0, COUNT, 0, 0)
    results = contents(plan.out)
    assert dict(results["c0", "raw"][1])["image_sha256"] == dict(results["c1", "raw"][1])["image_sha256"]


def test_only_what_is_missing_or_changed_is_computed(cases, models, said, tmp_path):
    out, cases, count = tmp_path / "out", cases[:3], 3
    run(cases, plan_of(out, models, ["raw"]), said)
    assert run(cases, plan_of(out, models, MIXED), said) == (count, 0, 0, 2 * count)
    assert run(cases, plan_of(out, models, MIXED, shift_steps=2), said) == (count, 0, 0, 4 * count)
    assert run(cases, plan_of(out, models, MIXED, shift_steps=2), said) == (0, count, 0, 0)
    whole = tmp_path / "whole"
    run(cases, plan_of(whole, models, MIXED, shift_steps=2), said)
    assert contents(out) == contents(whole)
    assert run(cases, plan_of(out, models, MIXED), said)[0] == count  # the newest counts: as in folders


def test_refused_cases_are_written_down_once_and_tried_again(cases, models, said, tmp_path):
    plan = plan_of(tmp_path / "out", models)
    whole = cases[2].image_path.read_bytes()
    cases[2].image_path.write_text("no image")
    assert run(cases, plan, said) == (COUNT - 1, 0, 1, 3 * (COUNT - 1))
    assert run(cases, plan, said)[2] == 1
    assert [record.id for record in read_ledger(plan.out / "0-of-1") if record.kind == "refused"] == ["c2"]
    summary = sum_up(plan.out)
    assert (summary.done, list(summary.refused), summary.missing, summary.unnamed) == (COUNT - 1, ["c2"], {}, 0)
    assert summary.wrong == (
        "Expected all cases done in one way, found 1 refused; mend what is refused or unusable, or leave it out of the "
        "list and name the list here."
    )
    assert any("c2: " in line for line in summary.lines())
    assert not sum_up(plan.out, [*cases[:2], *cases[3:]]).wrong  # left out
    assert "found 1 refused, 2 rows of the list unusable; mend" in sum_up(plan.out, cases, unusable=2).wrong
    assert "0 missing, 2 rows of the list unusable;" in next(sum_up(plan.out, cases, unusable=2).lines())
    cases[2].image_path.write_bytes(whole)
    assert run(cases, plan, said) == (1, COUNT - 1, 0, 3)
    assert not sum_up(plan.out).wrong


def test_a_case_that_was_refused_for_a_while_is_mended(cases, finished, said):
    """Its results are there, but the ledger's last word is that it was refused."""
    plan = finished
    whole = cases[2].image_path.read_bytes()
    cases[2].image_path.write_text("no image")
    assert run(cases, plan, said) == (0, COUNT - 1, 1, 0)
    assert list(sum_up(plan.out).refused) == ["c2"]
    cases[2].image_path.write_bytes(whole)
    assert run(cases, plan, said) == (1, COUNT - 1, 0, 3)
    assert not sum_up(plan.out).wrong


@pytest.mark.parametrize("left", [1, 40])
def test_a_line_that_was_cut_short_is_written_again(cases, finished, said, left):
    plan = finished
    expected = contents(plan.out)
    ledger = plan.out / "0-of-1" / LEDGER
    lines = ledger.read_bytes().splitlines(keepends=True)
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["begun", "block", "block", "block", "ended"]
    ledger.write_bytes(b"".join(lines[:3]) + lines[3][:left])
    assert run(cases, plan, said) == (1, COUNT - 1, 0, 3)
    assert contents(plan.out) == expected
    assert ledger.read_bytes().startswith(b"".join(lines[:3]) + lines[3][:left] + b"\n")  # only ever added to
    assert len(list(plan.out.glob("*/*.safetensors"))) == 3  # the block without a line was written over


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_block_that_is_gone_or_cut_short_is_named_and_computed_again(cases, finished, said, damage):
    plan = finished
    expected = contents(plan.out)
    damage(plan.out / "0-of-1" / "000001.safetensors")
    summary = sum_up(plan.out)
    assert summary.lost == ("0-of-1/000001.safetensors",) and summary.done == COUNT - 3 and summary.unnamed == 3
    assert "found 3 missing, 1 files lost; run their shards again." in summary.wrong
    assert run(cases, plan, said) == (3, COUNT - 3, 0, 9)
    assert said == ["0-of-1/000001.safetensors is missing or damaged; its cases are computed again."]
    assert contents(plan.out) == expected
    assert not sum_up(plan.out, check=True).wrong  # the advice helped
    assert run(cases, plan, said) == (0, COUNT, 0, 0) and len(said) == 1


def test_a_changed_byte_is_found_by_the_fingerprint(cases, finished, said):
    plan = finished
    expected = contents(plan.out)
    path = plan.out / "0-of-1" / "000000.safetensors"
    content = bytearray(path.read_bytes())
    records = [record for record in read_ledger(path.parent) if record.kind == "block"]
    assert records[0].sha256 == hashlib.sha256(content).hexdigest() and records[0].bytes == len(content)
    content[-1] ^= 1
    path.write_bytes(content)
    assert not sum_up(plan.out).wrong
    summary = sum_up(plan.out, check=True)
    assert summary.changed == ("0-of-1/000000.safetensors",) and not summary.lost
    assert "found 1 files changed; delete the files that are called changed, then run their shards" in summary.wrong
    assert "  changed: 0-of-1/000000.safetensors" in summary.lines()
    path.unlink()
    assert run(cases, plan, said) == (3, COUNT - 3, 0, 9)
    assert contents(plan.out) == expected and not sum_up(plan.out, check=True).wrong


@pytest.mark.thorough
def test_all_files_that_are_to_be_deleted_are_named(cases, models, said, tmp_path):
    many = [replace(case, id=f"{case.id}{letter}") for case in cases[:6] for letter in "ab"]  # more than ten
    plan = plan_of(tmp_path / "out", models, ["raw"])
    run(many, plan, said, block=1)
    for path in plan.out.glob("*/*.safetensors"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert len([line for line in sum_up(plan.out, check=True).lines() if line.startswith("  changed: ")]) == len(many)


class Killed(BaseException):
    pass


def killed_at(cases, plan, said, at, share=WHOLE):
    def kill(done):
        if done == at:
            raise Killed

    with pytest.raises(Killed):
        run_shard(cases, plan, share, said.append, on_case=kill, limits=Limits(1))


def test_what_was_asked_for_last_and_is_not_there_is_missing(cases, models, said, tmp_path):
    out = tmp_path / "out"
    two = {key: models[key] for key in ("medicalpatchnet", "cnn")}
    run(cases, plan_of(out, two, ["raw"]), said)
    assert not sum_up(out).wrong
    killed_at(cases, plan_of(out, two, ["raw", "gradcam"]), said, 3)
    for found in (sum_up(out), sum_up(out, cases)):
        assert found.done == 2 and found.missing == {f"c{number}": ("gradcam",) for number in range(2, COUNT)}
        assert "found 5 missing; run their shards again." in found.wrong
        lines = list(found.lines())
        assert lines[0].startswith("Cases: 2 done, 0 refused, 5 missing;")
        assert "  missing: c2: gradcam" in lines
        assert any(line.startswith("  gradcam: 2 cases, all made in the same way") for line in lines)
        assert any(line.startswith("  gradcam:") and line.endswith("; 5 missing") for line in lines)
    killed_at(cases, plan_of(out, models, ["raw", "gradcam"]), said, 1)  # another model's predictions
    assert sum_up(out).missing["c0"] == ("timm:test_resnet",)
    assert sum_up(out).missing["c2"] == ("gradcam", "timm:test_resnet")
    run(cases, plan_of(out, models, ["raw", "gradcam"]), said)
    assert not sum_up(out).wrong
    killed_at(cases, plan_of(out, models, ["raw", "gradcam"], shift_steps=2), said, 1)  # before the first block
    assert sum_up(out).done == 0 and set(sum_up(out).missing.values()) == {("raw",)}
    run(cases, plan_of(out, models, ["raw"]), said)
    assert not sum_up(out).wrong


def test_results_of_an_older_image_are_missing(cases, models, finished, said):
    out = finished.out
    cases[1].image_path.write_bytes(cases[0].image_path.read_bytes())
    run(cases, plan_of(out, models, ["raw"]), said)
    assert not sum_up(out).wrong
    killed_at(cases, plan_of(out, models), said, 2)
    assert sum_up(out).missing == {"c1": ("gradcam", "gradcam@timm:test_resnet")}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("total", [0, 1, 4, 11, 12, 30])
def test_how_many_cases_are_expected(count, total):
    """Whichever shards began, the truth lies between the bounds, which are as narrow as these shards allow."""
    lists = [
        [len(Share(index, count).of(range(cases))) for index in range(count)] for cases in range(total + count + 1)
    ]
    begun = lists[total]
    for bits in range(1, min(1 << count, 64)):
        present = [index for index in range(count) if bits >> index & 1]
        fits = [
            cases for cases in range(total + count + 1) if all(lists[cases][index] == begun[index] for index in present)
        ]
        found = expected_cases(
            Begun(index=index, count=count, cases=begun[index], parameters={}, models={}, asked={}) for index in present
        )
        assert (found.least, found.most) == (fits[0], fits[-1])
        absent = [
            index for index in range(count) if index not in present and len(Share(index, count).of(range(fits[-1])))
        ]
        assert found.absent == len(absent) and len(found.shown) == min(len(absent), 10)
        for index, words in zip(absent, found.shown, strict=False):
            sizes = sorted({len(Share(index, count).of(range(cases))) for cases in fits})
            assert words.startswith(f"the shard {index}/{count}, {' or '.join(map(str, sizes))} case")


def test_numbers_of_a_strangers_ledger_are_counted_without_being_walked_through(tmp_path):
    most = 1 << 53
    found = expected_cases([Begun(index=1, count=most, cases=most, parameters={}, models={}, asked={})])
    assert found.absent == most - 1 and len(found.shown) == 10


def test_a_shard_is_written_by_one_process(cases, models, said, tmp_path):
    plan = plan_of(tmp_path / "out", models)
    layout = Shard(plan, Share(0, 2), 4, said.append)
    with pytest.raises(InputError, match="the shard 0-of-2 for this process alone"):
        Shard(plan, Share(0, 2), 4, said.append)
    Shard(plan, Share(1, 2), 3, said.append).release()
    layout.release()
    assert run(cases, plan, said, Share(0, 2))[0] == 4


def test_blocks_are_written_by_size_and_age_too(cases, models, said, tmp_path):
    for name, limits in (("size", Limits(bytes=1)), ("age", Limits(seconds=0))):
        plan = plan_of(tmp_path / name, models, ["raw"])
        run_shard(cases, plan, Share(), said.append, limits=limits, batch=2)
        assert len(list(plan.out.glob("*/*.safetensors"))) == 4  # whole batches


@pytest.mark.parametrize("batch", [pytest.param(2, marks=THOROUGH), 3, pytest.param(16, marks=THOROUGH)])
def test_batches_say_the_same_as_single_images(cases, models, said, tmp_path, batch):
    single, together = plan_of(tmp_path / "single", models), plan_of(tmp_path / "together", models)
    cases[1].image_path.write_text("no image")
    run(cases, single, said)
    assert run(cases, together, said, batch=batch) == (COUNT - 1, 0, 1, 3 * (COUNT - 1))
    one, other = open_results(single.out), open_results(together.out)
    for name in MIXED:
        first, second = one.maps(name, ""), other.maps(name, "")
        for case in one.files()[name]:
            expected = first.read(case)[0]["maps"]
            scale = np.nanmax(np.abs(expected))
            np.testing.assert_allclose(second.read(case)[0]["maps"], expected, rtol=1e-5, atol=1e-5 * scale)
            for section, values in one.sections(case).items():
                found = np.array(list(other.sections(case)[section]["logits"].values()), float)
                expected = np.array(list(values["logits"].values()), float)
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_batch_that_was_taken_up_again_is_the_same_batch(cases, models, said, tmp_path):
    """Whatever a kill left: blocks are whole batches, and batches begin where they always did."""
    plan, whole = plan_of(tmp_path / "out", models), plan_of(tmp_path / "whole", models)
    run(cases, whole, said, block=2, batch=3)

    def kill(done):
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        run_shard(cases, plan, Share(), said.append, on_case=kill, limits=Limits(2), batch=3)
    assert run(cases, plan, said, block=2, batch=3)[:2] == (COUNT - 3, 3)
    assert contents(plan.out) == contents(whole.out)


def test_the_summary_counts_shards_that_never_began_and_cases_that_are_missing(cases, models, said, tmp_path):
    plan = plan_of(tmp_path / "out", models)
    run(cases, plan, said, Share(0, 3))
    run(cases, plan, said, Share(2, 3))
    found = sum_up(plan.out)
    assert found.done == 5 and not found.missing and found.unnamed == 2
    assert "found at least 2 missing, 1 shards that never began; run their shards again." in found.wrong
    lines = list(found.lines())
    assert lines[0].startswith("Cases: 5 done, 0 refused, at least 2 missing;")  # of 7 or 8 cases
    assert "  never began: the shard 1/3, 2 or 3 cases" in lines
    assert any(line.startswith("  missing: at least 2 cases of which nothing is known; give the") for line in lines)
    asked = (*MIXED, "patchnet", "cnn", "timm:test_resnet")
    assert {case: set(names) for case, names in sum_up(plan.out, cases).missing.items()} == {
        "c1": set(asked),
        "c4": set(asked),
    }
    run(cases, plan, said, Share(1, 3))
    assert not sum_up(plan.out).wrong and not sum_up(plan.out, cases).wrong
    assert set(sum_up(plan.out).made) == {*MIXED, "patchnet", "cnn", "timm:test_resnet"}
    assert all(kinds.total() == COUNT for kinds in sum_up(plan.out).made.values())
    text = "\n".join(sum_up(plan.out).lines())
    assert "7 done, 0 refused, 0 missing" in text and "raw: 7 cases, all made in the same way" in text
    ledger = plan.out / "1-of-3" / LEDGER
    ledger.write_bytes(ledger.read_bytes().splitlines(keepends=True)[0])
    assert (sum_up(plan.out).unnamed, list(sum_up(plan.out, cases).missing)) == (2, ["c1", "c4"])
    assert "1-of-3: 0 cases in 0 files, 0.0 s, still at work or ended early" in "\n".join(sum_up(plan.out).lines())


def test_shards_made_with_other_parameters_are_found_out(cases, models, said, tmp_path):
    out, cases = tmp_path / "out", cases[:3]
    run(cases, plan_of(out, models), said, Share(0, 2))
    run(cases, plan_of(out, models, shift_steps=2), said, Share(1, 2))
    assert sum_up(out).mixed == ("raw",) and "1 made in different ways" in sum_up(out).wrong


def test_all_cases_by_another_division_is_the_whole(cases, models, said, tmp_path):
    plan = plan_of(tmp_path / "out", models)
    run(cases, plan, said, Share(0, 3))
    run(cases, plan, said, Share(1, 2))
    found = sum_up(plan.out)
    assert (found.expected.least, found.expected.most, found.unnamed) == (7, 7, 2)  # c2 and c4
    assert "found 2 missing; run" in found.wrong
    run(cases, plan, said, Share(0, 2))
    assert not sum_up(plan.out).wrong


def test_no_shards_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="Expected shards in"):
        sum_up(tmp_path)


def test_layouts_are_not_mixed(cases, models, said, tmp_path):
    folders, shards = plan_of(tmp_path / "folders", models), plan_of(tmp_path / "shards", models)
    run_cases(cases[:1], folders, said.append)
    run(cases[:1], shards, said)
    for out, has, asked in ((folders.out, "folders", "shards"), (shards.out, "shards", "folders")):
        refuse_other_layout(out, has)
        with pytest.raises(InputError, match=f"found {has}; give --layout {has}"):
            refuse_other_layout(out, asked)
    refuse_other_layout(tmp_path / "new", "shards")


def test_results_that_cannot_be_written_are_one_sentence(models, said, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="Expected to write results into"):
        Shard(plan_of(tmp_path / "out", models), Share(), 1, said.append)


def _changed(header, **changes):
    return json.dumps({**header, **changes}).encode()


def _said(header, **changes):
    text = json.dumps({**json.loads(header["__metadata__"]["block"]), **changes})
    return _changed(header, __metadata__={"block": text})


def _tensor(header, **changes):
    return _changed(header, **{"maps/raw": {**header["maps/raw"], **changes}})


BREAKING = {
    "deep": lambda header: b"[" * 200_000,
    "no text": lambda header: _changed(header, __metadata__={}),
    "deep text": lambda header: _changed(header, __metadata__={"block": "[" * 100_000}),
    "other text": lambda header: _said(header, maps=[1]),
    "words": lambda header: _said(header, maps={"raw": {"input_size": "large"}}),
    "sizes": lambda header: _said(header, cases=[{"id": "c0", "height": -1, "width": []}]),
    "no rows": lambda header: _said(header, cases=[]),
    "huge shape": lambda header: _tensor(header, shape=[1 << 60, 14, 1, 1]),
    "negative": lambda header: _tensor(header, data_offsets=[-8, -4]),
    "letters": lambda header: _tensor(header, shape="x"),
    "beyond": lambda header: _tensor(header, data_offsets=[0, 1 << 50]),
    "no such numbers": lambda header: _tensor(header, dtype="F8_E5M2"),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_block_from_a_stranger_is_refused_in_one_sentence(finished, kind):
    path = finished.out / "0-of-1" / "000000.safetensors"
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = BREAKING[kind](json.loads(content[8 : 8 + length]))
    path.write_bytes(len(header).to_bytes(8, "little") + header + content[8 + length :])
    with pytest.raises(DamagedFile, match=r"Expected a whole block of results in 0-of-1/000000\.safetensors"):
        read_maps(read_header(path), "raw", 0)
    sections = open_results(finished.out).sections("c0")
    assert set(sections) <= {"patchnet", "cnn", "timm:test_resnet"}


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 200_000,
        b"{}",
        b'{"kind": "block", "file": "../../etc/passwd"}',
        b'{"kind": "block", "file": "000000.safetensors", "bytes": "many"}',
        b'{"kind": "refused", "id": 3}',
        b"\xff\x00" * 50,
        b'{"kind": "ended", "seconds": ' + b"9" * 5000 + b"}",
        b" " * (1 << 24) + b"x",
    ],
)
def test_lines_of_a_ledger_that_are_none_are_passed_over(cases, finished, whole_contents, line):
    plan, expected = finished, whole_contents
    ledger = plan.out / "0-of-1" / LEDGER
    ledger.write_bytes(line + b"\n" + ledger.read_bytes() + line + b"\n")
    assert contents(plan.out) == expected
    assert list(read_index(plan.out).cases) == [case.id for case in cases]


def test_a_ledger_that_is_a_folder_or_a_pipe_is_one_sentence(tmp_path):
    for number, make in enumerate((lambda path: path.mkdir(), os.mkfifo)):
        folder = tmp_path / str(number) / "0-of-1"
        folder.mkdir(parents=True)
        make(folder / LEDGER)
        with pytest.raises(InputError, match="Expected a ledger in 0-of-1"):
            sum_up(folder.parent)


@pytest.mark.thorough  # of three methods: test_both_layouts_are_read_alike
@pytest.mark.parametrize("block", [1, 2])
def test_all_methods_are_the_same_in_both_layouts(cases, small_models, said, tmp_path, block):
    """The maps bit for bit, with their shapes."""
    cases = cases[:3]
    both = {key: small_models[key] for key in ("medicalpatchnet", "cnn")}
    names = [*(key for key, entry in EXPLAINERS.items() if entry.kind == "pass"), "inputxgradient"]  # one of pixels
    folders, shards = (plan_of(tmp_path / name, both, names) for name in ("folders", "shards"))
    run_cases(cases, folders, said.append)
    assert run(cases, shards, said, block=block)[0] == len(cases)
    results = open_results(shards.out)
    assert set(results.files()) == set(names)
    for name in names:
        maps = results.maps(name, "")
        for case in cases:
            stored = read_tensors(folders.out / case.id / outputs.file_name(name))[0]["maps"]
            found = maps.read(case.id)[0]["maps"]
            assert (found.shape, found.dtype) == (stored.shape, stored.dtype)
            assert found.tobytes() == stored.tobytes(), (case.id, name)
    assert contents(shards.out) == contents(folders.out)


@pytest.mark.parametrize("count", [1, 2])
def test_arrays_of_any_order_in_memory_are_packed_as_they_are_read(tmp_path, count):
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    arrays = {
        "maps/broadcast": np.broadcast_to(values[0], (5, 3, 4)),
        "maps/copied": np.array(np.broadcast_to(values[0], (5, 3, 4))),
        "maps/transposed": values.transpose(2, 0, 1),
        "maps/columns": np.asfortranarray(values),
        "maps/backwards": values[::-1, :, ::2],
    }
    rows = [
        Row("c", "image", 9, 9, {name: array + row for name, array in arrays.items()} if row else arrays, {}, {})
        for row in range(count)
    ]
    path = tmp_path / "0-of-1" / Blocks(tmp_path / "0-of-1").write(rows).file
    library, header = load_file(path), read_header(path)
    for name, array in arrays.items():
        for row in range(count):
            np.testing.assert_array_equal(library[name][row], array + row)
            np.testing.assert_array_equal(read_row(header, name, row), array + row)
