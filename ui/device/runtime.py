"""Files of npm's packages, which ones exactly and where they come from: what a browser computes and reads DICOM with,
and the charts' library of a site without a server."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_cache.downloads import Progress, download, fingerprint, within

ShowProgress = Callable[[str], AbstractContextManager[Progress]]

CDN = "https://cdn.jsdelivr.net/npm"
HOW_TO_GET = "`python -m ui.device fetch` brings it"
_ORT, _DICOM, _OPENJPEG = "onnxruntime-web", "dicom-parser", "@cornerstonejs/codec-openjpeg"
_PLOTLY = "plotly.js-basic-dist-min"
VERSIONS = {_ORT: "1.30.0", _DICOM: "1.8.21", _OPENJPEG: "1.3.6", _PLOTLY: "4.1.1"}


@dataclass(frozen=True)
class RuntimeFile:
    """One file of a package.

    Attributes:
        package: its name on the npm registry; `VERSIONS` says which.
        place: within the package.
        sha256: hexadecimal.
        bytes: how many.
    """

    package: str
    place: str
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        """The file's own, which no other one here has."""
        return PurePosixPath(self.place).name


# Built with the factory of its WebAssembly inside; the second computes on graphics processors too.
WASM = (
    RuntimeFile(
        _ORT,
        "dist/ort.wasm.bundle.min.mjs",
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
        73_054,
    ),
    RuntimeFile(
        _ORT,
        "dist/ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
        14_239_897,
    ),
)
WEBGPU = (
    RuntimeFile(
        _ORT,
        "dist/ort.webgpu.bundle.min.mjs",
        "0730816731ce2cdfb06f273da065d4a1c7091eb9d1756a83b2916c8a89d015e2",
        117_732,
    ),
    RuntimeFile(
        _ORT,
        "dist/ort-wasm-simd-threaded.asyncify.wasm",
        "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da",
        26_781_914,
    ),
)
DICOM = RuntimeFile(
    _DICOM, "dist/dicomParser.min.js", "2b990e92de021a9c0d58f7dca693c95fa76be6398648b68441df9423de284a2b", 32_147
)
OPENJPEG = (
    RuntimeFile(
        _OPENJPEG,
        "dist/openjpegwasm_decode.js",
        "8e6d4ea409ed817ee08aed0c440048616091781fce5b22b81c7cd850d80937b5",
        55_759,
    ),
    RuntimeFile(
        _OPENJPEG,
        "dist/openjpegwasm_decode.wasm",
        "5aff4e65444480a402898fe7369a9d2bc77e8181f858fc0d10150b2dabf07dee",
        260_334,
    ),
)
FILES: tuple[RuntimeFile, ...] = (*WASM, *WEBGPU, DICOM, *OPENJPEG)  # that devices need
# Lines, points and bars of the plotly that its Python package brings whole, four times as large.
CHARTS = RuntimeFile(
    _PLOTLY, "plotly-basic.min.js", "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba", 1_191_749
)


def fetch_runtime(
    folder: Path,
    show_progress: ShowProgress,
    source: str | Path | None = None,
    files: Iterable[RuntimeFile] = FILES,
) -> list[Path]:
    """Bring the files into a folder; those that are there already are checked and left alone.

    A transfer that was broken off goes on where it stopped.

    Args:
        folder: where they go.
        show_progress: called with a file's name; gives what receives its progress while it is open.
        source: a folder or an address with the packages below it, such as `node_modules`; jsDelivr where None.
        files: which ones.

    Raises:
        InputError: a file cannot be reached, or its sha256 or size is another one.
    """
    found = []
    for file in files:
        place = _address(file) if source is None else within(source, f"{file.package}/{file.place}")
        with show_progress(file.name) as progress:
            found.append(download(place, folder / file.name, file.sha256, file.bytes, progress))
    return found


def _address(file: RuntimeFile) -> str:
    return f"{CDN}/{file.package}@{VERSIONS[file.package]}/{file.place}"


def missing_files(folder: Path) -> list[RuntimeFile]:
    """Those of devices that are not in a folder, or not whole; hashes are the browser's to check."""
    return [file for file in FILES if not _is_whole(folder / file.name, file.bytes)]


def charts_library(folder: Path) -> bytes | None:
    """Return the charts' library of a folder; None where it is not there as it was published."""
    path = folder / CHARTS.name
    return path.read_bytes() if path.is_file() and fingerprint(path) == CHARTS.sha256 else None


def _is_whole(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
