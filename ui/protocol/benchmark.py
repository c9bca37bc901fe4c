"""What the tab Benchmark is told, once (`BenchmarkConfig`) and with each message (`BenchmarkMessage`)."""

from ui.protocol.charts import BenchmarkCharts
from ui.protocol.part import FileAddress, Part


class CohortName(Part):
    """A cohort of the list; `tuned` says whether there are validation maps."""

    key: str
    label: str
    tuned: bool


class Published(Part):
    """Published numbers, by method, finding and metric."""

    source: str
    values: dict[str, dict[str, dict[str, float | None]]]


class BenchmarkConfig(Part):
    """What the tab is told once."""

    protocol: str
    cohorts: list[CohortName]
    published: Published
    resamples: int
    seed: int
    max_file_size: str
    device: str
    """As in `SortConfig`."""
    plotly: str
    """Address of the charts' library below the app's root."""
    charts: BenchmarkCharts


class ResultName(Part):
    """What a row of results is of."""

    label: str
    model: str
    """Key of the model; empty where nobody knows it."""
    model_label: str
    shown_masks: bool
    """Whether the network was shown masks in training: such rows are in no rank or difference."""


class PackedFile(Part):
    """A packed file; see evaluation/cohort_files.py."""

    file: FileAddress


class ShownCohort(PackedFile):
    """The cohort that is shown."""

    key: str
    alignment: str
    readers: str
    """What is true where several people read: a way of putting them together, or one of them."""
    resamples: PackedFile
    openable: list[str]
    """Ids of the cases that Explore can open."""
    active: dict[str, str] | None
    """sha256 of the weights in use, by model; null while they load or where they are missing."""
    rows: dict[str, ResultName]


class OwnMethod(PackedFile):
    """A method of the visitor's own."""

    name: str
    notes: list[str]


class OwnElsewhere(Part):
    """A method of the visitor's own that was counted against other readers of the cohort than are shown."""

    name: str
    readers: str


class Stage(Part):
    """How far something is that takes a while."""

    stage: str
    done: int
    total: int


class BenchmarkMessage(Part):
    """Everything that is to be shown, and what is under way."""

    protocol: str
    turn: int
    cohort: ShownCohort | None
    own: list[OwnMethod]
    elsewhere: list[OwnElsewhere]
    progress: Stage | None
    error: str
