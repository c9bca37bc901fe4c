"""A table as Apache Parquet, for programs and dataset viewers: the same lines as in its CSV file, with types."""

from collections.abc import Sequence
from pathlib import Path

from data_cache.store import write_bytes

Cell = str | float | int | None


def write_parquet(path: Path, header: Sequence[str], lines: Sequence[Sequence[Cell]]) -> None:
    """Write a table; NaN and None become null, a column of nothing else is one of numbers.

    Args:
        path: of the file.
        header: the names of the columns.
        lines: of text, numbers and None; a column holds text, or numbers.
    """
    import pyarrow  # slow to import, and not needed by the processes that score
    from pyarrow import parquet

    columns = list(zip(*lines, strict=True)) if lines else [()] * len(header)
    table = pyarrow.table({name: _column(values) for name, values in zip(header, columns, strict=True)})
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink)
    write_bytes(path, sink.getvalue().to_pybytes())


def _column(values: Sequence[Cell]) -> object:
    import pyarrow

    kinds = {type(value) for value in values if value is not None}
    if any(issubclass(kind, str) for kind in kinds):
        return pyarrow.array([None if value is None else str(value) for value in values], pyarrow.string())
    if kinds and all(issubclass(kind, int) for kind in kinds):
        return pyarrow.array(values, pyarrow.int64())
    return pyarrow.array(
        [None if value is None else float(value) for value in values], pyarrow.float64(), from_pandas=True
    )
