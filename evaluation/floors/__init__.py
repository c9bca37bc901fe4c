"""Floors: what is scored without looking at the radiograph. A map that does not beat them has not shown where.

Every floor is a row of the tables whose name begins with `PREFIX`. `chance` is a formula; `centre` and `prior` are maps
that are the same for every radiograph; `confidence` adds the model's probability to the prior, which tells whether a
finding is there and still not where. `scoring` makes the rows.
"""

PREFIX = "Floor: "
RANDOM = f"{PREFIX}random"
CENTRE = f"{PREFIX}centre"
LUNGS = f"{PREFIX}centre of the lungs"
PRIOR = f"{PREFIX}prior"


def is_floor(method: str) -> bool:
    """Whether a row of the tables is a floor, by its name."""
    return method.startswith(PREFIX)
