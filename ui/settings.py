"""What the person who starts the app decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from models.choosing import default_weights, in_registry_order

Device = Literal["off", "offer", "default"]


@dataclass(frozen=True)
class Settings:
    """Settings of one running app.

    Attributes:
        root: a copy of CheXlocalize, a phantom cohort or another dataset whose cases appear beside the bundled ones.
        source: which dataset lies there, by its key in `data_cache sources`.
        gaze: datasets of gaze whose fixations stand beside the maps, each KEY=DIR.
        models: what is loaded: weights by the model's key, each "auto", "official", "demo", an hf:// address or the
            path of a file.
        backend: what computes the models, "auto" or a name that `models` knows.
        max_file_size: the largest upload, as Gradio writes sizes.
        cohort: NAME=DIR of a cache of outputs to show in the Benchmark tab beside the bundled ones.
        cohort_masks: the masks of its cases.
        cohort_source, cohort_root, cohort_split: instead of masks, a dataset that marks them: its key in `data_cache
            sources`, its folder, and which split is scored.
        cohort_tune_on: outputs of the cases that its thresholds are tuned on.
        cohort_tune_masks, cohort_tune_split: the masks of these; or the dataset's split.
        patch_index: patches of a cohort, in which the nearest to one are looked for, besides the bundled ones.
        fetch: whether visitors may get the official weights and the public radiographs by a button.
        sample: where the public radiographs lie, or go.
        at_once: how many requests the models work on at the same time; refinements count for themselves.
        passes: through a network that one map may take; those of more are refused.
        keep: seconds for which what a visitor opened is kept after the visitor has left.
        allowed_hosts: names that the page answers to besides the machine's own, separated by commas.
        allowed_origins: other websites that may call and frame the page, separated by commas.
        auth: a file with NAME:PASSWORD in each line, or its text; empty lets everybody in.
        auth_header: in which a proxy names a visitor who has logged in there; `auth_from` are the addresses of such
            proxies, separated by commas.
        metrics: addresses that may read /metrics, separated by commas; empty: nobody.
        access_log: whether each request is a line on stderr.
        mcp: whether endpoints that take no files are tools of a Model Context Protocol server too.
        trusted_proxies: addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas.
        memory: MiB that reading images may take at once.
        disk: MiB of files for visitors, their uploads and what is laid out for them.
        dicom_results: whether the header of a DICOM upload is kept, so that results can go back into its study.
        device: whether visitors may compute on their own device, and whether they do where they choose nothing.
        device_models: a folder of models that were written for devices; None: the bundled ones, where they are in use.
        device_runtime: a folder with what devices compute with, see ui/device/runtime.py.
    """

    root: Path | None = None
    source: str = "chexlocalize"
    gaze: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=default_weights)
    backend: str = "auto"
    max_file_size: str = "100mb"
    cohort: str = ""
    cohort_masks: Path | None = None
    cohort_source: str | None = None
    cohort_root: Path | None = None
    cohort_split: str | None = None
    cohort_tune_on: Path | None = None
    cohort_tune_masks: Path | None = None
    cohort_tune_split: str | None = None
    patch_index: Path | None = None
    fetch: bool = True
    sample: Path = Path("runs/chexlocalize_sample")
    at_once: int = 2
    passes: int = 4096
    keep: float = 120.0
    allowed_hosts: str = ""
    allowed_origins: str = ""
    auth: str = ""
    auth_header: str = ""
    auth_from: str = ""
    metrics: str = ""
    access_log: bool = False
    mcp: bool = False
    trusted_proxies: str = ""
    memory: int = 1000
    disk: int = 2048
    dicom_results: bool = False
    device: Device = "off"
    device_models: Path | None = None
    device_runtime: Path = Path("runs/device")

    @property
    def keys(self) -> tuple[str, ...]:
        """The models that are loaded, in the order of the registry, in which they are shown everywhere."""
        return tuple(in_registry_order(self.models))

    @property
    def names_weights(self) -> bool:
        """Whether somebody chose models, weights or a backend, rather than take what is there."""
        return (dict(self.models), self.backend) != (default_weights(), "auto")
