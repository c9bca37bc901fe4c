"""Hosting on Hugging Face Spaces: what the Hub reads, the settings, and the app started as a Space starts it."""

import re
import subprocess
import tomllib
from importlib.metadata import requires
from pathlib import Path

import httpx
import httpx2
import pytest
from gradio_client import Client, handle_file
from huggingface_hub import SpaceCard, SpaceHardware
from huggingface_hub.cli.hf import app as hf
from packaging.requirements import Requirement
from typer.main import get_command

from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from models.registry import DEFAULT_MODELS, MODELS
from tests.ui.space import ROOT, Space, cold_space, own_maps
from tests.ui.visitor import Visitor
from ui.command import app
from ui.dataset import fetched_dataset
from ui.space_card import card, settings_table, write

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "Spaces.md").read_text(encoding="utf-8")
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # of the Hub's reference
KEYS = {
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license", "models",
    "short_description", "suggested_hardware", "startup_duration_timeout", "preload_from_hub", "tags", "thumbnail",
}  # fmt: skip


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_front_matter_is_what_the_hub_reads() -> None:
    """The Hub's own check runs on its server; offline: its library parses the card, and the reference's rules hold."""
    text = card(README, "somebody/explorer")
    data = SpaceCard(text).data.to_dict()
    assert set(data) == KEYS
    assert data["sdk"] == "gradio" and data["sdk_version"] == pins()["gradio"]
    assert data["colorFrom"] in COLOURS and data["colorTo"] in COLOURS
    assert len(data["short_description"]) <= 60 and len(data["emoji"]) <= 2
    assert data["suggested_hardware"] in {hardware.value for hardware in SpaceHardware}
    assert re.fullmatch(r"\d+[mh]", data["startup_duration_timeout"])
    assert (ROOT / data["app_file"]).is_file()
    assert data["thumbnail"].startswith("https://huggingface.co/spaces/somebody/explorer/resolve/main/")
    assert (ROOT / data["thumbnail"].split("/resolve/main/")[1]).is_file()
    assert "MIT License" in (ROOT / "LICENSE").read_text() and data["license"] == "mit"
    assert SpaceCard(text).text.strip() == README.strip() and text.count("---\n") >= 2


def test_the_official_weights_are_preloaded_under_their_names() -> None:
    (preloaded,) = SpaceCard(card(README)).data.to_dict()["preload_from_hub"]
    repository, files = preloaded.split(" ")
    official = [MODELS[key].official for key in DEFAULT_MODELS]
    assert [(file.repository, file.filename) for file in official if file] == [
        (repository, name) for name in files.split(",")
    ]


def test_python_is_new_enough_for_the_project() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert Requirement(f"python{needed}").specifier.contains(SpaceCard(card(README)).data.to_dict()["python_version"])


def test_a_readme_that_has_front_matter_is_refused() -> None:
    with pytest.raises(InputError, match="without front matter"):
        card(card(README))


@pytest.mark.parametrize("extra", ["mcp", "oauth"])
def test_the_pins_agree_with_what_a_space_installs_besides(extra: str) -> None:
    """A Gradio Space installs gradio[oauth,mcp] together with requirements.txt."""
    wanted = [Requirement(line) for line in requires("gradio") or () if f'"{extra}"' in line or f"'{extra}'" in line]
    assert wanted
    found = {one.name: pins()[one.name] for one in wanted if one.name in pins()}
    assert all(one.specifier.contains(found[one.name]) for one in wanted if one.name in found), found


def test_the_table_of_settings_is_the_commands() -> None:
    assert settings_table() in GUIDE
    described = set(re.findall(r"^\| `([A-Z_]+)`", GUIDE, re.MULTILINE))
    assert described == {option.envvar for option in get_command(app).params if option.envvar}
    assert all(option.envvar for option in get_command(app).params if option.name not in ("help", "version"))


def test_the_guide_names_only_settings_and_files_that_exist() -> None:
    known = {option.envvar for option in get_command(app).params}
    assert set(re.findall(r"\b(?:EXPLORER|CHEXLOCALIZE)_[A-Z_]+\b", GUIDE)) <= known
    assert (ROOT / "ui" / "space_card.py").is_file() and "python -m ui.space_card" in GUIDE


def test_the_guides_commands_of_the_hub_are_its_librarys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its options, as the installed library knows them."""
    monkeypatch.setenv("COLUMNS", "200")

    def helped(*words: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as end:
            hf.main([*words, "--help"], prog_name="hf")
        return end.value.code, capsys.readouterr().out

    commands = re.findall(
        r"hf ((?:[a-z]+ )+)([^`#\n]*)", GUIDE.replace("repos create … --private", "repos create --private")
    )
    assert len(commands) >= 8
    for words, rest in commands:
        code, said = helped(*words.split()[:2])
        if code:  # the second word is a value
            code, said = helped(words.split()[0])
        assert code == 0, words
        for option in re.findall(r"(?<!\S)--?[a-z-]+", rest):
            assert re.search(rf"{option}\b", said), (words, option)


def test_a_space_is_laid_out_of_all_that_is_tracked_but_tests(tmp_path: Path) -> None:
    write(tmp_path / "app")
    laid = {path.relative_to(tmp_path / "app").as_posix() for path in (tmp_path / "app").rglob("*") if path.is_file()}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    rooms = {name for name in tracked if re.match(r"(data_cache|models|explainers|evaluation|ui)/", name)}
    assert laid >= rooms | {"app.py", "requirements.txt", "LICENSE"}
    assert not [name for name in laid if name.startswith(("tests/", ".ci/"))] and laid <= set(tracked)
    assert SpaceCard.load(tmp_path / "app" / "README.md").data.sdk == "gradio"
    with pytest.raises(InputError, match="Expected an empty or new folder"):
        write(tmp_path / "app")


def test_a_space_answers_without_network_or_weights(space: Space) -> None:
    answers(space)


def answers(space: Space) -> None:
    """A case opens with demonstration weights, which say so; no other host is asked."""
    said = len(space.log.read_text())
    visitor = Visitor(space.address)
    with visitor.visiting():
        *_, last = visitor.ask("open", {"case": bundled_cases()[0].id})
        assert len(last["maps"]) == 5 and not last.get("error")
        assert {model["origin"] for model in last["models"]} == {"demo"}
        assert all("means nothing" in model["note"] and "models fetch" in model["note"] for model in last["models"])
    assert space.asked == []
    assert "Traceback" not in space.log.read_text()[said:]


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.usefixtures("collected")
def test_a_space_answers_and_scores_maps_from_its_own_folder(tmp_path: Path) -> None:
    """Where nothing can be written, and without rights. In `make test` the image's folder is tried in this way."""
    with cold_space() as own:
        answers(own)
        client = Client(own.address, verbose=False)
        maps = handle_file(str(own_maps(tmp_path / "maps.zip")))
        rows = client.predict("phantom-test", archive=maps, threshold=0.5, api_name="/benchmark")
        assert next(row["n_hit"] for row in rows if row["finding"] == "Edema")
        assert own.asked == [] and (not own.unprivileged or {*own.source.rglob("*")} == own.laid)


def test_the_page_of_a_space_names_no_outside_host(space: Space) -> None:
    page = httpx.get(space.address, trust_env=False).text
    loaded = re.findall(r"""<(?:script|link|img)[^>]*(?:src|href)=["'](https?://[^"']+)""", page)
    assert [address for address in loaded if not address.startswith(space.address)] == []


def test_the_hub_may_frame_a_space_and_nobody_else(space: Space) -> None:
    own = {"Host": "somebody-explorer.hf.space", "X-Forwarded-Proto": "https"}
    framed = {**own, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    page = httpx.get(space.address, headers=framed, trust_env=False)
    assert page.status_code == 200
    assert page.headers["content-security-policy"].endswith("frame-ancestors https://huggingface.co https://hf.co")
    assert page.headers["set-cookie"].endswith("; Secure; SameSite=None; Partitioned")
    for headers, status in (
        ({**own, "Origin": "https://somebody-explorer.hf.space"}, 200),
        ({**own, "Origin": "https://huggingface.co"}, 403),
        ({**own, "Origin": "https://another.hf.space"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "10.0.0.7:7860"}, 200),  # as whoever looks whether it lives asks
    ):
        assert httpx.get(f"{space.address}config", headers=headers, trust_env=False).status_code == status, headers


def test_a_dataset_that_cannot_be_had_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> str:
        raise httpx2.ConnectError("no network")

    monkeypatch.setattr("ui.dataset.snapshot_download", nothing)
    with pytest.raises(InputError, match=r"somebody/chexlocalize .* cannot be reached"):
        fetched_dataset("somebody/chexlocalize")
    monkeypatch.setattr("ui.dataset.snapshot_download", lambda *_, **__: str(tmp_path))
    assert fetched_dataset("somebody/chexlocalize") == tmp_path
