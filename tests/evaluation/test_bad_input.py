"""Everything bad that folders of maps and files of masks may hold, through the command line."""

import json
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_cache.pickles import HeatMap, write_heat_map
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import SIZE, blob, smooth, write_masks, write_own
from tests.evaluation.test_sources import Evil

CASES = [f"patient{k}_study1_view1_frontal" for k in (1, 2)]
GOOD, OTHER = CASES


@pytest.fixture
def folder(tmp_path):
    """Maps of Edema in maps/, and masks, of two cases."""
    for k, case in enumerate(CASES):
        write_own(tmp_path / "maps", case, "Edema", smooth(k, (9, 12)))
    write_masks(tmp_path / "gt.json", {case: {"Edema": blob(k)} for k, case in enumerate(CASES)})
    return tmp_path


def run(folder, maps="maps"):
    out = folder / "out"
    rest = ("--out", out, "--no-figures", "--no-ceilings", "--no-floors", "--processes", 1, "--bootstrap", 0)
    code = call("benchmark", "--maps", f"mine={folder / maps}", "--ground-truth", folder / "gt.json", *rest)
    return code, json.loads((out / "manifest.json").read_text())["problems"] if code == 0 else None


def replaced(folder, content, suffix):
    (folder / "maps" / OTHER / "Edema.npy").unlink()
    (folder / "maps" / OTHER / f"Edema{suffix}").write_bytes(content)


def write_vast_archive(path, name):
    """A small archive whose directory says that its one file has 4 GB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"")
    content = path.read_bytes()
    place = content.index(b"PK\x01\x02") + 24
    path.write_bytes(content[:place] + struct.pack("<I", 0xF0000000) + content[place + 4 :])
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].file_size == 0xF0000000


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def vast_png(folder):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    replaced(folder, b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))), ".png")


def large_png(folder):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0))
    replaced(folder, b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))), ".png")


def colour_png(folder):
    (folder / "maps" / OTHER / "Edema.npy").unlink()
    Image.new("RGB", (4, 4), "red").save(folder / "maps" / OTHER / "Edema.png")


def vast_npz(folder):
    (folder / "maps" / OTHER / "Edema.npy").unlink()
    write_vast_archive(folder / "maps" / OTHER / "Edema.npz", "map.npy")


def vast_npy(folder):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    replaced(folder, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(400), ".npy.")
    (folder / "maps" / OTHER / "Edema.npy.").rename(folder / "maps" / OTHER / "Edema.npy")


def pickled_npy(folder):
    write_own(folder / "maps", OTHER, "Edema", np.array([[Evil()]], object))


def spoilt_masks(folder, change):
    masks = json.loads((folder / "gt.json").read_text())
    change(masks)
    (folder / "gt.json").write_text(json.dumps(masks))


BAD = {
    "NaN": (lambda f: write_own(f / "maps", OTHER, "Edema", np.full((9, 12), np.nan)), "map that is not finite"),
    "shape": (lambda f: write_own(f / "maps", OTHER, "Edema", np.zeros((2, 9, 12))), "map of another shape"),
    "no mask entry": (lambda f: spoilt_masks(f, lambda masks: masks.pop(OTHER)), "case without a mask entry"),
    "no finding's entry": (lambda f: spoilt_masks(f, lambda m: m[OTHER].pop("Edema")), "case without a mask entry"),
    "duplicate": (lambda f: np.savez(f / "maps" / OTHER / "Edema.npz", smooth(0, (9, 12))), "duplicate map"),
    "unknown finding": (lambda f: write_own(f / "maps", OTHER, "Sarcoidosis", smooth(0, (9, 12))), "unknown finding"),
    "damaged mask": (lambda f: spoilt_masks(f, lambda m: m[OTHER]["Edema"].update(counts="x")), None),
    "cut npy": (lambda f: replaced(f, (f / "maps" / GOOD / "Edema.npy").read_bytes()[:150], ".npy"), None),
    "empty npy": (lambda f: replaced(f, b"", ".npy"), None),
    "cut npz": (lambda f: replaced(f, b"PK\x03\x04 no archive", ".npz"), None),
    "no safetensors": (lambda f: replaced(f, b"\xff" * 40, ".safetensors"), None),
    "no png": (lambda f: replaced(f, b"\x89PNG\r\n\x1a\n" + bytes(50), ".png"), None),
    "vast png": (vast_png, None),
    "large png": (large_png, None),
    "colour png": (colour_png, None),
    "vast npz": (vast_npz, None),
    "vast npy": (vast_npy, None),
    "pickled npy": (pickled_npy, None),
}
UNREADABLE = {"damaged mask": "mask that cannot be read"}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_entry_is_named_in_one_line_and_counted_and_the_rest_is_scored(folder, capsys, name):
    spoil, kind = BAD[name]
    spoil(folder)
    code, problems = run(folder)
    assert code == 0
    kind = kind or UNREADABLE.get(name, "map that cannot be read")
    assert problems["counts"].get(kind) == 1, problems
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Warning: ")]
    assert len(lines) == len(problems["all"])
    assert any(line.startswith(f"{kind}: ") for line in lines)


def heat_maps(folder, image_size):
    for k, case in enumerate(CASES):
        write_heat_map(folder / "heat", HeatMap(case, "Edema", smooth(k, (9, 12)), 0.5, 1, image_size[k]))


def test_a_mask_of_another_size_is_named(folder, capsys):
    heat_maps(folder, (SIZE, (50, 50)))
    code, problems = run(folder, "heat")
    assert (code, problems["counts"]["mask of another size"]) == (0, 1)
    assert "50×50" in capsys.readouterr().err


def test_a_forbidden_pickle_is_refused_and_the_rest_goes_on(folder, capsys):
    heat_maps(folder, (SIZE, SIZE))
    (folder / "heat" / f"{OTHER}_Cardiomegaly_map.pkl").write_bytes(pickle.dumps(Evil()))
    code, problems = run(folder, "heat")
    assert (code, problems["counts"]["map that cannot be read"]) == (0, 1)
    assert "refused and not executed" in capsys.readouterr().err


def bomb(folder):
    write_vast_archive(folder / "bomb.zip", f"{GOOD}/Edema.npy")


def leading_out(folder):
    with zipfile.ZipFile(folder / "bomb.zip", "w") as archive:
        archive.writestr("../Edema.npy", b"")


def only_evil(folder):
    (folder / "bomb.zip").mkdir()
    for case in CASES:
        (folder / "bomb.zip" / f"{case}_Edema_map.pkl").write_bytes(pickle.dumps(Evil()))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: None, "check the path"),
        (lambda f: (f / "bomb.zip").mkdir(), "found none; name the folder"),
        (lambda f: (f / "bomb.zip").write_bytes(b"no archive"), "Expected a ZIP archive"),
        (bomb, "split it"),
        (leading_out, "Expected"),
        (only_evil, "nothing to score for mine"),
    ],
)
def test_nothing_left_to_score_ends_with_one_line_and_1(folder, capsys, spoil, words):
    spoil(folder)
    assert run(folder, "bomb.zip") == (1, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ") and words in line
    assert not (Path(folder) / "out" / "manifest.json").exists()
