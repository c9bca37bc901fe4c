"""How many alterations stand behind each stage of a map."""


def stage_counts(most: int, least: int) -> tuple[int, ...]:
    """Counts that end with `most`, each about a quarter of the next, none but the last below `least`."""
    counts = [most]
    while counts[0] // 4 >= least:
        counts.insert(0, counts[0] // 4)
    return tuple(counts)
