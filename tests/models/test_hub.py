"""Weights named hf://owner/repository/file, from a server that stands in for the Hub, and without any."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from data_cache.errors import InputError
from models.hub import NotFoundError, from_hub, is_on_hub
from models.predictor import load_predictor
from models.settings_files import locate_outside
from tests.models.hub_server import hub
from tests.models.networks import write_timm

YAML = b"input_size: 64\nfindings: [Edema, Fracture]\n"
Use = Callable[[str], None]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Take an address for the Hub, with an empty cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))

    def point(address: str) -> None:
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)

    return point


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def weights(tmp_path: Path) -> bytes:
    return write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema", "Fracture"]).read_bytes()


def one_sentence(error: BaseException, words: str) -> None:
    message = str(error)
    assert words in message
    assert message.startswith("Expected")
    assert "\n" not in message
    assert ". " not in message


def test_a_file_comes_from_the_hub_once(use: Use) -> None:
    asked: list[str] = []
    with hub({"me/mine/deep/file.yaml": YAML}, asked) as address:
        use(address)
        path = from_hub("hf://me/mine/deep/file.yaml")
        assert path.read_bytes() == YAML
        assert from_hub("hf://me/mine/deep/file.yaml") == path
    assert asked.count("GET /me/mine/resolve/main/deep/file.yaml") == 1, asked


@pytest.mark.parametrize(
    "spec", ["hf://", "hf://me", "hf://me/mine", "hf://me/mine/", "hf:///mine/file", "hf://me//file"]
)
def test_an_address_of_another_form_is_one_sentence(spec: str) -> None:
    with pytest.raises(InputError) as caught:
        from_hub(spec)
    one_sentence(caught.value, f"Expected hf://owner/repository/file, found {spec!r}")


@pytest.mark.parametrize("spec", ["hf://me/mine/other.pt", "hf://me/others/file.yaml"])
def test_what_is_not_there_is_one_sentence(use: Use, spec: str) -> None:
    with hub({"me/mine/file.yaml": YAML}) as address:
        use(address)
        with pytest.raises(NotFoundError) as caught:
            from_hub(spec)
    one_sentence(caught.value, "on the Hugging Face Hub, found no such file, or none that is public")


@pytest.mark.usefixtures("offline")
def test_offline_it_is_the_cache_or_one_sentence(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub({"me/mine/file.yaml": YAML}) as address:
        use(address)
        with pytest.raises(NotFoundError) as caught:
            from_hub("hf://me/mine/file.yaml")
        one_sentence(caught.value, "found it in neither: the Hub cannot be reached")
        with monkeypatch.context() as online:
            online.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
            path = from_hub("hf://me/mine/file.yaml")
    assert from_hub("hf://me/mine/file.yaml") == path


def test_a_hub_that_cannot_be_reached_is_one_sentence_without_further_tries(
    use: Use, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", waited.append)
    with hub({"me/mine/file.yaml": YAML}) as address:
        use(address)
        path = from_hub("hf://me/mine/file.yaml")
    for name in ("other.yaml", "third.yaml"):
        with pytest.raises(NotFoundError) as caught:  # nobody listens there any more
            from_hub(f"hf://me/mine/{name}")
        one_sentence(caught.value, "the Hub cannot be reached")
    assert from_hub("hf://me/mine/file.yaml") == path
    assert waited == [] and caplog.records == []


def test_a_hub_that_never_answers_is_left(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.hub._PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        use(f"http://127.0.0.1:{listener.getsockname()[1]}")
        for name in ("file.yaml", "other.yaml"):
            with pytest.raises(NotFoundError) as caught:
                from_hub(f"hf://me/mine/{name}")
            one_sentence(caught.value, "the Hub cannot be reached")
        listener.settimeout(1.0)
        listener.accept()[0].close()
        with pytest.raises(TimeoutError):  # it was asked once
            listener.accept()


@pytest.mark.parametrize("status", [500, 503])
def test_a_hub_that_is_down_is_one_sentence(use: Use, status: int) -> None:
    asked: list[str] = []
    with hub({"me/mine/file.yaml": YAML}, asked, status) as address:
        use(address)
        with pytest.raises(NotFoundError) as caught:
            from_hub("hf://me/mine/file.yaml")
    one_sentence(caught.value, "the Hub cannot be reached")
    assert len(asked) == 1


def test_only_strings_with_the_prefix_are_on_the_hub() -> None:
    assert is_on_hub("hf://me/mine/file.pt")
    assert not is_on_hub(Path("hf:/me"))
    assert not is_on_hub("mine.pt")


def test_weights_with_their_settings_in_the_file(use: Use, weights: bytes) -> None:
    with hub({"me/mine/net.safetensors": weights}) as address:
        use(address)
        predictor = load_predictor("hf://me/mine/net.safetensors", "timm:test_resnet", "torch-cpu")
    assert predictor.info.provenance.owner == "hf://me/mine/net.safetensors"
    assert predictor.info.origin == "own"
    assert predictor.info.architecture.findings == ("Edema", "Fracture")


def test_settings_beside_them_on_the_hub(use: Use, weights: bytes) -> None:
    with hub({"me/mine/net.safetensors": weights, "me/mine/net.yaml": b"owner: somebody\n"}) as address:
        use(address)
        located = locate_outside("hf://me/mine/net.safetensors")
        predictor = load_predictor("hf://me/mine/net.safetensors", "timm:test_resnet", "torch-cpu")
    assert located.settings == {"owner": "somebody"}
    assert predictor.info.provenance.owner == "somebody"


def test_broken_settings_on_the_hub_are_not_taken_for_none(use: Use, weights: bytes) -> None:
    with hub({"me/mine/net.safetensors": weights, "me/mine/net.yaml": b"- 1\n"}) as address:
        use(address)
        with pytest.raises(InputError, match=r"Expected settings as `key: value` in net.yaml, found list"):
            locate_outside("hf://me/mine/net.safetensors")


def test_a_yaml_here_that_names_weights_there(use: Use, weights: bytes, tmp_path: Path) -> None:
    described = tmp_path / "mine.yaml"
    described.write_text("weights: hf://me/mine/net.safetensors\nlicence: CC0\n")
    with hub({"me/mine/net.safetensors": weights}) as address:
        use(address)
        predictor = load_predictor(described, "timm:test_resnet", "torch-cpu")
    assert predictor.info.provenance.licence == "CC0"
    assert predictor.info.provenance.owner == "hf://me/mine/net.safetensors"


def test_the_environment_says_where_the_hub_is_and_that_there_is_none(weights: bytes, tmp_path: Path) -> None:
    """As a user sets it: HF_ENDPOINT for a mirror, HF_HUB_OFFLINE=1 where there is no network."""
    code = (
        "import sys; from models.hub import from_hub; from data_cache.errors import InputError\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(from_hub(f'hf://me/mine/{name}.safetensors').name)\n"
        "    except InputError as error: print(error)"
    )

    def said(*names: str, **environment: str) -> str:
        told = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "cache"), **environment}
        command = [sys.executable, "-c", code, *names]
        return subprocess.run(command, env=told, capture_output=True, text=True, check=True).stdout

    files = {"me/mine/net.safetensors": weights, "me/mine/other.safetensors": weights}
    with hub(files) as address:
        assert said("net", HF_ENDPOINT=address) == "net.safetensors\n"
        kept, missing = said("net", "other", HF_ENDPOINT=address, HF_HUB_OFFLINE="1").splitlines()
    assert kept == "net.safetensors" and "found it in neither: the Hub cannot be reached" in missing
