"""Nothing is sent anywhere: not by the program, and not by any library that it stands on.

What is watched runs in the folder of the project's image, without rights, where nothing can be written but at home, in
/tmp and in /weights. So it is tried along the way that the image's files, variables and health check are enough.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

import httpx
import matplotlib as mpl
import pytest
from numba.core.caching import _CacheLocator

from data_cache.demo import DEMO_ROOT, bundled_cases
from tests.offline.counting import ROOT, Done, Watch, built
from tests.ui.hosted import Image, free_port, image
from tests.ui.space import without_rights
from tests.ui.visitor import Visitor

_PACKAGES = ("data_cache", "models", "explainers", "evaluation", "ui")
_MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for package in _PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if file.name not in ("__init__.py", "__main__.py")
)
OPENVINO = "models.backends.openvino_graph"  # is imported before all others, PyTorch too
CODE = (
    "import models.backends.openvino_backend as backend, openvino.tools.ovc as ovc; "
    "print(type(ovc.telemetry).__module__, backend.ov.Core().available_devices)"
)
COMMANDS = {
    "openvino": "-c {code}",
    "list": "-m data_cache list --source demo",
    "phantom": "-m data_cache phantom --count 1 --size 256 --seed 1 --out {out}/phantoms",
    "models": "-m models list",
    "verify": "-m models verify models/embedded/cnn-demo.safetensors",
    "benchmark": "-m evaluation benchmark --maps raw={folder}/maps.zip --ground-truth {folder}/masks.json "
    "--protocol fixed --processes 1 --bootstrap 10 --no-ceilings --out {out}/benchmark",
    "trust": "-m evaluation trust --patchnet demo --cnn demo --methods raw,gradcam --limit 1 --steps 8 --bootstrap 10 "
    "--checks exactness,perturbation --no-figures --backend torch-cpu --out {out}/trust",  # benchmark draws figures
    "explain": "-m explainers run {film} --patchnet demo --cnn demo --out {out}/explained",  # with all backends
}
# Without a home of its own it is the app in the project's folder that is tried, which takes all backends too; it
# imports PyTorch first, as a Space does in tests/ui/.
HOMES = ["home", pytest.param("unwritable-home", marks=pytest.mark.thorough)]
CASES = 1


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("library"))


def test_the_counter_counts(tmp_path: Path, library: Path) -> None:
    """It would see what telemetry does: a name asked for, a connection, a packet; also by a process started thus."""
    watch = Watch.over(tmp_path, library, True)
    script = """
import multiprocessing, socket, urllib.request
def call():
    try:
        urllib.request.urlopen("https://telemetry.example/collect")
    except OSError:
        pass
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=call)
    process.start(); process.join()
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as one:
            try:
                one.connect(("192.0.2.1", 443)) if kind == socket.SOCK_STREAM else one.sendto(b"", ("192.0.2.1", 53))
            except OSError:
                pass
"""
    (tmp_path / "script.py").write_text(script)
    done = watch.run(str(tmp_path / "script.py"))
    assert done.returncode == 0, done.stderr
    assert watch.calls() == ["name telemetry.example 0", "connect 192.0.2.1 443", "sendto 192.0.2.1 53"]


def write_a_few(folder: Path) -> None:
    """Maps and masks of the first cases of the bundled cohort."""
    masks = json.loads((DEMO_ROOT / "outputs-test-masks.json").read_text())
    some = list(masks)[:CASES]
    (folder / "masks.json").write_text(json.dumps({case: masks[case] for case in some}))
    with ZipFile(DEMO_ROOT / "outputs-test.zip") as maps, ZipFile(folder / "maps.zip", "w") as few:
        for name in maps.namelist():
            if name.split("/")[0] in some and not name.endswith("/"):
                few.writestr(name, maps.read(name))


def lay_fonts(folder: Path) -> None:
    """The list of this machine's fonts where matplotlib looks for it: to make one takes seconds."""
    folder.mkdir(parents=True)
    for made in Path(mpl.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(made, folder)


def lay_compiled(image: Image) -> None:
    """What Numba has compiled of the project where it looks for that of the image: to compile it takes seconds."""
    for made in ROOT.glob("*/*/__pycache__/*.nb[ic]"):
        source = image.source / made.parents[1].relative_to(ROOT) / "any.py"
        folder = Path(image.variables["NUMBA_CACHE_DIR"], _CacheLocator.get_suitable_cache_subpath(str(source)))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made, folder)


@dataclass(frozen=True)
class InImage(Done):
    """What came of steps in the image's folder, and how to ask there whether the app is well."""

    image: Image
    watch: Watch

    def is_well(self) -> bool:
        return self.watch.run(*self.image.health).returncode == 0


@pytest.fixture(scope="module")
def with_home(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Iterator[InImage]:
    """Every module imported, OpenVINO's first, commands, and the app that the process becomes in the end."""
    folder = tmp_path_factory.mktemp("steps")
    with image(folder) as laid:
        lay_fonts(Path(laid.variables["MPLCONFIGDIR"]))
        lay_compiled(laid)
        watch = Watch.over(folder, library, True)
        watch = replace(watch, prefix=without_rights() or (), source=laid.source, variables=laid.variables)
        write_a_few(folder)
        film = next((laid.source / "data_cache" / "demo").rglob("*.jpg"))
        words = {"out": watch.temporary, "folder": folder, "film": film, "code": CODE}
        after = {name: [word.format(**words) for word in command.split()] for name, command in COMMANDS.items()}
        with watch.steps([OPENVINO, *_MODULES], after) as done:
            yield InImage(**vars(done), image=laid, watch=watch)


@pytest.fixture(scope="module")
def without_home(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Iterator[Done]:
    watch = Watch.over(tmp_path_factory.mktemp("steps"), library, False)
    with replace(watch, variables={"GRADIO_SERVER_PORT": str(free_port())}).steps([], {}) as done:
        yield done


@pytest.fixture
def done(request: pytest.FixtureRequest) -> Done:
    """What came of the steps; each home's are done once."""
    found: Done = request.getfixturevalue("with_home" if request.param == "home" else "without_home")
    return found


@pytest.mark.parametrize("done", ["home"], indirect=True)
def test_no_module_of_the_project_calls_anybody_when_it_is_imported(done: Done) -> None:
    """All of them, so that every library is imported too."""
    assert len(_MODULES) > 100
    assert done.called("modules") == [] and not (done.home / "intel").exists()


@pytest.mark.parametrize("done", ["home"], indirect=True)
def test_openvino_imported_first_calls_nobody_and_goes_on_with_its_own_stand_in(done: Done) -> None:
    code, said = done.ended("openvino")
    assert code == 0 and said.split()[0] == "openvino.tools.ovc.telemetry_stub" and "CPU" in said, said
    assert done.called("modules") == done.called("openvino") == [] and not (done.home / "intel").exists()


@pytest.mark.parametrize("done", ["home"], indirect=True)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_calls_nobody(done: Done, command: str) -> None:
    code, said = done.ended(command)
    assert code == 0, said
    assert done.called(command) == [] and not (done.home / "intel").exists()


@pytest.mark.parametrize("done", HOMES, indirect=True)
def test_the_app_calls_nobody_and_nothing_is_written_at_home(done: Done) -> None:
    """Visited, and asked by a program; what was done before wrote nothing either."""
    assert httpx.get(done.address, trust_env=False).status_code == 200
    visitor = Visitor(done.address)
    with visitor.visiting():
        *_, last = visitor.ask("open", {"case": bundled_cases()[0].id})
        assert len(last["maps"]) == 5 and not last.get("error")
        *_, last = visitor.ask("cohort", {"key": "phantom-test", "alignment": "paper", "readers": "union", "turn": 1})
        assert last["cohort"] and not last["error"]
    assert not isinstance(done, InImage) or done.is_well()
    assert done.end() == 0
    assert not isinstance(done, InImage) or not done.is_well()
    assert done.called("app") == [] and not (done.home / "intel").exists()
    written = [path for path in done.home.rglob("*") if path.is_file() and "matplotlib" not in path.parts]
    assert written == []  # but for the list of the machine's fonts


@pytest.mark.skipif(without_rights() is None, reason="root cannot be bound by modes of files: there is no setpriv")
def test_the_image_s_folder_is_enough_and_nothing_is_written_there(with_home: InImage) -> None:
    """After all that was done above; its health check tells an app that runs from one that has ended."""
    assert not list(with_home.image.places["/weights"].iterdir())
    assert "Traceback" not in with_home.log and "GET /config 200" in with_home.log
    assert {*with_home.image.source.rglob("*")} == with_home.image.laid
