"""Parquet beside CSV holds the same, with types."""

import pandas as pd

from evaluation.report.csv_files import write_tables

HEADER = ("method", "n", "value", "nothing", "mixed")
LINES = [('raw, "x"', 3, 0.1, None, 1), ("é", 0, float("nan"), float("nan"), 0.25), (None, 5, 1e-300, None, None)]


def test_both_files_read_back_alike(tmp_path):
    write_tables(tmp_path / "table.csv", HEADER, iter(LINES))
    text = pd.read_csv(tmp_path / "table.csv")
    typed = pd.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(typed, text, check_dtype=False)
    assert [str(kind) for kind in typed.dtypes[1:]] == ["int64", "float64", "float64", "float64"]
    assert typed["value"].to_list()[::2] == [0.1, 1e-300]


def test_a_table_without_lines(tmp_path):
    write_tables(tmp_path / "table.csv", HEADER, [])
    assert list(pd.read_parquet(tmp_path / "table.parquet").columns) == list(HEADER)
