"""Label tables that are damaged, each in one sentence."""

import pytest

from data_cache.chexlocalize.labels import read_label_table
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from tests.data_cache.chexlocalize.roots import valid_path, write_table

HEADER = ",".join(("Path", *FINDINGS))
ZEROS = ",0.0" * 14


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Expected the columns Path and the 14 findings in val_labels.csv, found no Path, No Finding"),
        (HEADER.replace(",Edema", ""), "found no Edema"),
        (f"{HEADER}\n{valid_path('p')},1.0\n", "Expected 15 cells in line 2 of val_labels.csv, found 2"),
        (
            f"{HEADER}\n{valid_path('p')},2.0{ZEROS[4:]}\n",
            "nothing for No Finding in line 2 of val_labels.csv, found '2.0'",
        ),
        (f"{HEADER}\nview.jpg{ZEROS}\n", "Expected a path such as .* in line 2 .*, found 'view.jpg'"),
        (f"{HEADER}\n" + f"{valid_path('p')}{ZEROS}\n" * 2, "found p_study1_view1_frontal twice"),
        ("\udcff".join(("Path", "x")), "Expected a CSV table in val_labels.csv"),
    ],
)
def test_damaged_tables(tmp_path, content, words):
    path = tmp_path / "val_labels.csv"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=words):
        read_label_table(path)


def test_a_missing_table(tmp_path):
    with pytest.raises(InputError, match=r"Expected the label table val_labels\.csv in .*, found none"):
        read_label_table(tmp_path / "val_labels.csv")


def test_byte_order_mark_blank_lines_and_the_small_edition(tmp_path):
    path = write_table(tmp_path, "val", {valid_path("p").replace("v1.0", "v1.0-small"): {}})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    (image,) = read_label_table(path)
    assert str(image.path) == "val/p/study1/view1_frontal.jpg"
    assert (image.id, image.patient) == ("p_study1_view1_frontal", "p")
