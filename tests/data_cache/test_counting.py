"""Numbers in sentences."""

from data_cache.counting import counted


def test_one_is_singular_and_every_other_number_plural():
    assert [counted(n, "row") for n in (0, 1, 2, 1200)] == ["0 rows", "1 row", "2 rows", "1,200 rows"]
    assert [counted(n, "entry is", "entries are") for n in (1, 3)] == ["1 entry is", "3 entries are"]
