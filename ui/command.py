"""The command that starts the app: settings from flags and the environment, then the page."""

import os
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import known_source, run
from models.choosing import WEIGHTS, chosen_weights, default_weights
from ui import VERSION
from ui.login import holds_pairs
from ui.settings import Device, Settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def separated(texts: Iterable[str]) -> list[str]:
    """Split KEY=WEIGHTS,KEY=WEIGHTS … at the commas between them; a comma in a file's name is none of these."""
    return [part for text in texts for part in re.split(r",(?=[^,=]+=)", text)]


def _a_size(size: str) -> str:
    if not re.fullmatch(r"\d+(kb|mb|gb)", size.lower()):
        raise typer.BadParameter(f"expected a size such as 100mb, found {size}")
    return size.lower()


def _not_in_the_open(context: typer.Context, auth: str) -> str:
    """Take passwords from a file or the environment: every user of a machine can read its command lines."""
    source = context.get_parameter_source("auth")
    if source is not None and source.name == "COMMANDLINE" and holds_pairs(auth):
        raise typer.BadParameter("expected the name of a file, found something else; passwords are for the file.")
    return auth


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"medicalpatchnet-explorer {VERSION}")
        raise typer.Exit


Root = Annotated[
    Path | None,
    typer.Option(envvar="CHEXLOCALIZE_ROOT", help="A copy of CheXlocalize, or of the dataset --source, to show."),
]
Source = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_SOURCE",
        help="Which dataset --root is: a key that `python -m data_cache sources` shows.",
        callback=known_source,
    ),
]
Gaze = Annotated[
    list[str] | None,
    typer.Option(
        "--gaze",
        envvar="EXPLORER_GAZE",
        metavar="KEY=DIR",
        help="Where people looked: reflacx, egd-cxr, fg-cxr or i-ai, and its folder; may be given several times. Of "
        "--source reflacx it is taken by itself.",
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(
        envvar="CHEXLOCALIZE_REPO", help="A dataset repository on the Hub that holds such a copy, fetched at the start."
    ),
]
Host = Annotated[str | None, typer.Option(envvar="GRADIO_SERVER_NAME", help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(envvar="GRADIO_SERVER_PORT", help="Port to listen on.", min=1, max=65535)]
PatchNet = Annotated[
    str | None, typer.Option(envvar="EXPLORER_PATCHNET", help=f"Weights of MedicalPatchNet: {WEIGHTS}.")
]
Cnn = Annotated[str | None, typer.Option(envvar="EXPLORER_CNN", help=f"Weights of the baseline CNN: {WEIGHTS}.")]
MoreModels = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        envvar="EXPLORER_MODELS",
        metavar="KEY=WEIGHTS",
        help="A further model, as `python -m models list` shows them, and its weights; may be given several times.",
    ),
]
Backend = Annotated[str, typer.Option(envvar="EXPLORER_BACKEND", help="What computes the models.")]
Cohort = Annotated[
    str, typer.Option(envvar="EXPLORER_COHORT", metavar="NAME=DIR", help="Outputs to show in the Benchmark tab.")
]
CohortMasks = Annotated[
    Path | None, typer.Option(envvar="EXPLORER_COHORT_MASKS", help="Masks of the cohort: gt_segmentations_*.json.")
]
CohortSource = Annotated[
    str | None,
    typer.Option(
        envvar="EXPLORER_COHORT_SOURCE",
        help="Instead of masks, the dataset that marks the cohort: a key that `python -m data_cache sources` shows.",
        callback=known_source,
    ),
]
CohortRoot = Annotated[Path | None, typer.Option(envvar="EXPLORER_COHORT_ROOT", help="Folder of --cohort-source.")]
CohortSplit = Annotated[
    str | None, typer.Option(envvar="EXPLORER_COHORT_SPLIT", help="Its split that is scored, such as test.")
]
CohortTuneSplit = Annotated[
    str | None,
    typer.Option(envvar="EXPLORER_COHORT_TUNE_SPLIT", help="Its split that thresholds and floors are tuned on."),
]
CohortTuneOn = Annotated[
    Path | None,
    typer.Option(envvar="EXPLORER_COHORT_TUNE_ON", help="Outputs of the cases to tune the cohort's thresholds on."),
]
CohortTuneMasks = Annotated[
    Path | None, typer.Option(envvar="EXPLORER_COHORT_TUNE_MASKS", help="Masks of those cases.")
]
PatchesToSearch = Annotated[
    Path | None,
    typer.Option(
        envvar="EXPLORER_PATCH_INDEX",
        metavar="FILE",
        help="An index of patches (`python -m explainers index`), in which the nearest to one are looked for; visitors "
        "see small pictures of its radiographs.",
    ),
]
Fetch = Annotated[
    bool | None,
    typer.Option(
        "--fetch/--no-fetch",
        envvar="EXPLORER_FETCH",
        help="Whether visitors may get the official weights and the public radiographs by a button. By default yes, "
        "except on a Hugging Face Space.",
    ),
]
Sample = Annotated[
    Path, typer.Option(envvar="EXPLORER_SAMPLE", help="Where the two public radiographs lie, or are put.")
]
AtOnce = Annotated[
    int, typer.Option(envvar="EXPLORER_AT_ONCE", min=1, max=16, help="Requests that the models work on at once.")
]
Passes = Annotated[
    int,
    typer.Option(
        envvar="EXPLORER_PASSES", min=1, help="Most passes through a network for one map; 4,096 are one-pixel shifts."
    ),
]
MaxFileSize = Annotated[
    str,
    typer.Option(envvar="EXPLORER_MAX_FILE_SIZE", help="Largest upload, such as 100mb.", callback=_a_size),
]
Keep = Annotated[
    float,
    typer.Option(
        envvar="EXPLORER_KEEP",
        min=0,
        max=300,
        help="Seconds for which a visitor's uploads stay in memory after the visitor has left.",
    ),
]

AllowedHosts = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_ALLOWED_HOSTS",
        metavar="NAME,…",
        help="Names that the page answers to besides this machine's own, such as xray.example.org.",
    ),
]
AllowedOrigins = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_ALLOWED_ORIGINS",
        metavar="ORIGIN,…",
        help="Other websites that may call and frame the page, such as https://portal.example.org.",
    ),
]
TrustedProxies = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_TRUSTED_PROXIES",
        metavar="ADDRESS,…",
        help="Proxies whose X-Forwarded-For says who asks, such as 127.0.0.1 or 10.0.0.0/8; by default none.",
    ),
]
Memory = Annotated[
    int, typer.Option(envvar="EXPLORER_MEMORY", min=64, help="MiB that reading images may take at once.")
]
Disk = Annotated[
    int, typer.Option(envvar="EXPLORER_DISK", min=64, help="MiB of files for visitors: uploads, and what they fetch.")
]
Auth = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_AUTH",
        metavar="FILE",
        help="A file with NAME:PASSWORD in each line, who may log in; the variable may hold these lines themselves.",
        callback=_not_in_the_open,
        show_default=False,
    ),
]
AuthHeader = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_AUTH_HEADER",
        metavar="NAME",
        help="Header in which a proxy names a visitor who has logged in there, such as X-Forwarded-User.",
    ),
]
AuthFrom = Annotated[
    str,
    typer.Option(
        envvar="EXPLORER_AUTH_FROM",
        metavar="ADDRESS,…",
        help="Addresses of the proxies that are trusted in this, such as 127.0.0.1 or 10.0.0.0/8.",
    ),
]
MetricsFor = Annotated[
    str,
    typer.Option(
        "--metrics",
        envvar="EXPLORER_METRICS",
        metavar="ADDRESS,…",
        help="Addresses that may read /metrics (for Prometheus), such as 127.0.0.1; by default nobody.",
    ),
]
AccessLog = Annotated[
    bool,
    typer.Option(
        "--access-log/--no-access-log",
        envvar="EXPLORER_ACCESS_LOG",
        help="Whether each request is a line on stderr, without names and addresses of visitors.",
    ),
]
Mcp = Annotated[
    bool,
    typer.Option(
        "--mcp/--no-mcp",
        envvar="EXPLORER_MCP",
        help="Whether language models may use tools, which take no files (needs what requirements-mcp.txt lists).",
    ),
]
DicomResults = Annotated[
    bool,
    typer.Option(
        "--dicom-results/--no-dicom-results",
        envvar="EXPLORER_DICOM_RESULTS",
        help="Whether visitors may have results as DICOM objects that go back into an upload's study; keeps its "
        "identifying header in memory (needs what requirements-dicom.txt lists).",
    ),
]
OnDevice = Annotated[
    Device,
    typer.Option(
        "--device",
        envvar="EXPLORER_DEVICE",
        help="Whether visitors may let their own device compute, so that their files stay there: off, offer, or "
        "default, where they choose nothing (needs what `python -m ui.device fetch` brings).",
    ),
]
DeviceModels = Annotated[
    Path | None,
    typer.Option(
        envvar="EXPLORER_DEVICE_MODELS",
        help="Folder that `python -m models export` wrote, whose models devices compute instead of the bundled ones.",
    ),
]
DeviceRuntime = Annotated[
    Path,
    typer.Option(envvar="EXPLORER_DEVICE_RUNTIME", help="Folder of what `python -m ui.device fetch` brings."),
]
Version = Annotated[
    bool, typer.Option("--version", help="Print the program's version and end.", is_eager=True, callback=_say_version)
]
_AS_GIVEN = {field.name for field in fields(Settings)} - {"root", "gaze", "models", "fetch"}


@app.command()
def serve(
    root: Root = None,
    source: Source = Settings.source,
    gaze: Gaze = None,
    dataset: Dataset = None,
    host: Host = None,
    port: Port = None,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    models: MoreModels = None,
    backend: Backend = "auto",
    cohort: Cohort = "",
    cohort_masks: CohortMasks = None,
    cohort_source: CohortSource = None,
    cohort_root: CohortRoot = None,
    cohort_split: CohortSplit = None,
    cohort_tune_on: CohortTuneOn = None,
    cohort_tune_masks: CohortTuneMasks = None,
    cohort_tune_split: CohortTuneSplit = None,
    patch_index: PatchesToSearch = None,
    fetch: Fetch = None,
    sample: Sample = Settings.sample,
    at_once: AtOnce = Settings.at_once,
    passes: Passes = Settings.passes,
    max_file_size: MaxFileSize = Settings.max_file_size,
    keep: Keep = Settings.keep,
    allowed_hosts: AllowedHosts = "",
    allowed_origins: AllowedOrigins = "",
    trusted_proxies: TrustedProxies = "",
    memory: Memory = Settings.memory,
    disk: Disk = Settings.disk,
    auth: Auth = "",
    auth_header: AuthHeader = "",
    auth_from: AuthFrom = "",
    metrics: MetricsFor = "",
    access_log: AccessLog = False,
    mcp: Mcp = False,
    dicom_results: DicomResults = False,
    device: OnDevice = Settings.device,
    device_models: DeviceModels = None,
    device_runtime: DeviceRuntime = Settings.device_runtime,
    version: Version = False,
) -> None:
    """Show in the browser what the models say about chest radiographs, and where they look."""
    given = {name: value for name, value in locals().items() if name in _AS_GIVEN}
    settings = Settings(
        root=root or (_fetched(dataset) if dataset else None),
        gaze=tuple(separated(gaze or ())),
        models=default_weights() | chosen_weights(patchnet, cnn, separated(models or ())),
        fetch="SPACE_ID" not in os.environ if fetch is None else fetch,
        **given,
    )
    _serve(settings, host, port)


def _fetched(dataset: str) -> Path:
    from ui.dataset import fetched_dataset

    return fetched_dataset(dataset)


def _serve(settings: Settings, host: str | None, port: int | None) -> None:
    from ui.catalogue import Catalogue
    from ui.ending import ending, until_told
    from ui.engine import Engine
    from ui.memory import keep_few_arenas
    from ui.temporary import own_folder

    if settings.dicom_results:
        from explainers.dicom.writing import refuse_without_package

        refuse_without_package()
    if settings.patch_index is not None:
        from explainers.nearest.index import read_index

        read_index(settings.patch_index)  # a wrong file is said at once, and not when somebody first asks
    catalogue = Catalogue(settings.root, settings.source, settings.gaze)
    catalogue.add_sample(settings.sample)
    engine = Engine(settings)
    lends = "SPACES_ZERO_GPU" in os.environ
    if settings.names_weights and not lends:
        engine.models()  # somebody who names weights wants to know at once that they do not fit

    keep_few_arenas()
    with ending(), own_folder():
        if lends:
            engine.models()  # ZeroGPU wants them before the page, and its package imports Gradio
        from ui.page import build_page, launch  # after the checks: Gradio takes seconds to import
        from ui.texts import TITLE

        served = launch(build_page(catalogue, engine, settings), host, port, settings, engine)
        if lends:
            from models.backends.zero_gpu import announce

            announce()
        typer.echo(f"{TITLE} is at {served.address}")
        engine.start()
        until_told(served)


def main() -> None:
    """Run the command; a wrong input is one line on stderr and exit code 1."""
    run(app)
