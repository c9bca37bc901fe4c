"""Cases that several people read."""

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Mark

SIZE = (40, 60)


def case_of(marks, read_by=("a", "b", "c"), absent=(), name="c1", patient="p1", size=SIZE) -> Case:
    """Marks: (reader, finding, shape or edges)."""
    labels = dict.fromkeys(FINDINGS) | dict.fromkeys(absent, 0)
    shapes = [(r, f, Box(*map(float, s)) if isinstance(s, tuple) else s) for r, f, s in marks]
    return Case(
        id=name,
        patient=patient,
        source="test",
        labels=labels,
        marks=tuple(Mark(finding, shape, reader) for reader, finding, shape in shapes),
        read_by=read_by,
        annotated_size=size,
    )
