"""Numbers in sentences."""


def counted(number: int, one: str, several: str = "") -> str:
    """Say a number with what is counted, and whatever else depends on it: "1 row is", "1,200 rows are".

    Args:
        number: from 0 on.
        one: the words for 1.
        several: for any other number; by default `one` with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
