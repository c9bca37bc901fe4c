"""The YAML beside weights, and the YAML that names them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save, save_file

from data_cache.errors import InputError
from models.checkpoints import load_checkpoint, locate
from models.fingerprints import fingerprint
from models.settings_files import locate_outside
from tests.models.networks import narrow, network, timm_network, write_network, write_timm

KEY = "timm:test_resnet"
SETTINGS = "input_size: 64\nfindings: [Edema, Fracture]\n"


@pytest.fixture(scope="module")
def of_timm() -> bytes:
    """Weights as timm saves them, which say nothing of themselves."""
    return save(timm_network("test_resnet", input_size=64, findings=["Edema", "Fracture"]).state_dict())


@pytest.fixture
def bare(of_timm: bytes, tmp_path: Path) -> Path:
    """A file of them."""
    path = tmp_path / "mine.safetensors"
    path.write_bytes(of_timm)
    return path


def refused(spec: Path, words: str, key: str = KEY) -> None:
    with pytest.raises(InputError) as caught:
        load_checkpoint(spec, key)
    message = str(caught.value)
    assert words in message
    assert message.startswith(("Expected", "Unknown"))
    assert "\n" not in message


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_beside_the_weights_under_their_name(bare: Path, suffix: str) -> None:
    bare.with_suffix(suffix).write_text(SETTINGS)
    checkpoint = load_checkpoint(bare, KEY)
    assert checkpoint.architecture.findings == ("Edema", "Fracture")
    assert checkpoint.architecture.kind == KEY


def test_named_itself_it_names_weights_from_its_own_folder(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    described = tmp_path / "settings" / "any name.yaml"
    described.write_text(f"weights: ../{bare.name}\n{SETTINGS}")
    assert locate_outside(described).path.resolve() == bare
    assert load_checkpoint(described, KEY).architecture.input_size == 64


def test_weights_known_by_their_file_and_by_their_settings(bare: Path, tmp_path: Path) -> None:
    """A file that says itself what it is has its own hash; where a YAML says it, that counts too."""
    shas = []
    for text in (
        SETTINGS,
        "input_size: 64\nfindings: [Fracture, Edema]\n",
        f"{SETTINGS}owner: me\n",
        f"{SETTINGS}mean: 0.5\n",
    ):
        bare.with_suffix(".yaml").write_text(text)
        checkpoint = load_checkpoint(bare, KEY)
        assert checkpoint.model_id == f"mine-{checkpoint.weights_sha256[:8]}"
        shas.append(checkpoint.weights_sha256)
    assert shas[0] == shas[2]  # whose it is changes nothing that it says
    assert len({*shas, fingerprint(bare)}) == 4
    own = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema"])
    assert load_checkpoint(own, KEY).weights_sha256 == fingerprint(own)


def test_without_any_settings_the_message_says_what_to_write(bare: Path) -> None:
    refused(bare, "found neither metadata nor settings: write mine.yaml beside it, with input_size and findings")
    bare.with_suffix(".yaml").write_text("owner: me\n")
    refused(bare, "found neither metadata nor settings")


def test_metadata_instead_of_a_yaml(tmp_path: Path) -> None:
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema"], mean=0.5)
    again = tmp_path / "again.safetensors"
    save_file(
        load_file(path),
        again,
        {"architecture": '{"kind": "timm:test_resnet", "input_size": 64, "findings": ["Edema"]}'},
    )
    assert load_checkpoint(path, KEY).architecture.model_dump()["mean"] == (0.5,)
    assert load_checkpoint(again, KEY).architecture.model_dump()["mean"] == (0.0,)


def test_provenance_from_metadata_and_from_settings(tmp_path: Path) -> None:
    from models.checkpoints import save_checkpoint
    from tests.models.networks import shape

    settings: dict[str, Any] = {"input_size": 64, "findings": ["Edema"]}
    path = tmp_path / "mine.safetensors"
    said = {"owner": "me", "licence": "MIT", "trained_on": "nothing"}
    save_checkpoint(path, timm_network("test_resnet", **settings), shape(KEY, **settings), said)
    path.with_suffix(".yaml").write_text("licence: CC0\nprobabilities: that it is so\n")
    provenance = load_checkpoint(path, KEY).provenance
    assert (provenance.owner, provenance.licence, provenance.trained_on) == ("me", "CC0", "nothing")
    assert provenance.probabilities == "that it is so"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input_size: 64\nfindings: [Edema, Oedema]\n", "found a wrong findings: Unknown finding 'Oedema'"),
        ("input_size: 64\nfindings: [Edema, edema]\n", "found Edema twice"),
        ("input_size: 64\nfindings: [Edema]\n", "Expected the finding of each of the 2 outputs"),
        (f"{SETTINGS}std: 0\n", "Expected an std above 0"),
        (f"{SETTINGS}as: patches\npatch_size: 40\n", "input size 64 and patch size 40"),
        (f"{SETTINGS}as: patches\n", "Expected patch_size"),
        (f"{SETTINGS}colour: red\n", "a wrong colour"),
        ("findings: [Edema, Fracture]\n", "a wrong input_size: Field required"),
        (f"{SETTINGS}kind: timm:resnet18\n", "in 'mine.safetensors' weights of a timm:resnet18"),
        (f"{SETTINGS}kind: 7\n", "in 'mine.safetensors' weights of a 7"),
        ("a: &a 1\nb: *a\n", "a reference (*name)"),
        (f"a: {'[' * 40}{']' * 40}\n", "more than 20 levels"),
        ("- 1\n", "found list"),
        ("just words\n", "found str"),
        ("a: [1\n", "Expected YAML in mine.yaml"),
        ("a: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
    ],
    ids=lambda value: value[:30],
)
def test_wrong_settings_are_one_sentence(bare: Path, text: str, words: str) -> None:
    bare.with_suffix(".yaml").write_text(text)
    refused(bare, words)


@pytest.mark.parametrize("weights", ["", "weights: 7\n", "weights: ''\n", "weights: [a, b]\n"])
def test_a_yaml_that_is_named_must_name_weights(tmp_path: Path, weights: str) -> None:
    (tmp_path / "mine.yaml").write_text(weights + SETTINGS)
    refused(tmp_path / "mine.yaml", "Expected weights: FILE in mine.yaml, found none")


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"weights: nowhere.pt\n{SETTINGS}")
    refused(tmp_path / "mine.yaml", "found no file 'nowhere.pt'")
    refused(tmp_path / "none.yaml", "Expected the settings of a model at")


def test_settings_that_contradict_the_file_are_not_passed_over(tmp_path: Path) -> None:
    path = write_timm(tmp_path, "test_resnet", input_size=64, findings=["Edema", "Fracture"])
    path.with_suffix(".yaml").write_text("findings: [Fracture, Edema]\n")
    refused(path, f"Expected settings that agree with the metadata of {path.name!r}, found others for findings")
    path.with_suffix(".yaml").write_text("std: 0\n")
    refused(path, "Expected an std above 0")
    path.with_suffix(".yaml").write_text("findings: [edema, FRACTURE]\nmean: 0\nname: a training config, say\n")
    assert load_checkpoint(path, KEY).weights_sha256 == fingerprint(path)


def test_settings_of_a_registered_model(tmp_path: Path) -> None:
    """Weights in the official names say nothing of their size; a YAML may, and weights of ours need none."""
    architecture = narrow("cnn", 64)
    path = tmp_path / "mine.pt"
    torch.save(network(architecture).state_dict(), path)
    path.with_suffix(".yaml").write_text("input_size: 64\nchannel_multiplier: 0.25\ndepth_multiplier: 0.25\n")
    checkpoint = load_checkpoint(path, "cnn")
    assert checkpoint.architecture == architecture
    assert checkpoint.weights_sha256 != fingerprint(path)
    own = write_network(tmp_path, "cnn")
    own.with_suffix(".yaml").write_text("owner: me\n")
    checkpoint = load_checkpoint(own, "cnn")
    assert checkpoint.weights_sha256 == fingerprint(own)
    assert checkpoint.provenance.owner == "me"


def test_words_for_weights_need_no_settings() -> None:
    assert locate("demo", "cnn").settings == {}
    with pytest.raises(InputError, match=r"give --model timm:resnet18=FILE"):
        locate("demo", "timm:resnet18")
    with pytest.raises(InputError, match=r"found no official ones of this model; name a file"):
        locate("official", "timm:resnet18")
