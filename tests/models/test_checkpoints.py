import dataclasses
import json
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from data_cache.errors import InputError
from models.architecture import Architecture
from models.checkpoints import load_checkpoint, save_checkpoint
from models.families.medicalpatchnet import REPOSITORY
from models.fingerprints import fingerprint
from models.registry import MODELS
from models.weight_files import read_weights
from tests.models.networks import KINDS, RandomStartLeftOut, narrow, network, official_backbone, shape, write_network


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache."""
    folder = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def no_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, entry in MODELS.items():
        changed = dataclasses.replace(entry, embedded=tmp_path / f"{kind}-demo.safetensors")
        monkeypatch.setitem(MODELS, kind, changed)


def put_in_cache(
    cache: Path, monkeypatch: pytest.MonkeyPatch, weights: Path, kind: str, sha256: str | None = None
) -> Path:
    """Let a small file play the official one: place it in the cache and publish its hash."""
    official = MODELS[kind].official
    assert official is not None
    file = dataclasses.replace(official, filename=f"{kind}.safetensors", sha256=sha256 or fingerprint(weights))
    monkeypatch.setitem(MODELS, kind, dataclasses.replace(MODELS[kind], official=file))
    repository = cache / f"models--{REPOSITORY.replace('/', '--')}"
    place = repository / "snapshots" / "c0ffee" / file.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(weights.read_bytes())
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text("c0ffee")
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_is_loaded(tmp_path: Path, kind: str) -> None:
    architecture = narrow(kind)
    module = network(architecture, seed=3)
    path = tmp_path / "mine.safetensors"
    save_checkpoint(path, module, architecture)
    checkpoint = load_checkpoint(path, kind)
    assert checkpoint.architecture == architecture
    assert checkpoint.origin == "own"
    assert checkpoint.model_id == f"mine-{checkpoint.weights_sha256[:8]}"
    assert checkpoint.weights_sha256 == fingerprint(path)
    rebuilt = checkpoint.build()
    assert not rebuilt.training
    assert not any(tensor.is_meta for tensor in (*rebuilt.parameters(), *rebuilt.buffers()))
    images = torch.rand(1, 1, 128, 128)
    with torch.inference_mode():
        for ours, expected in zip(rebuilt(images), module(images), strict=True):
            torch.testing.assert_close(ours, expected, rtol=0, atol=0)


class Headed(nn.Module):
    """A network with parts outside `backbone`, one of them of a name that the backbone has too, and a table."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(OrderedDict(stem=nn.Conv2d(1, 4, 3), fc=nn.Linear(4, 4)))
        self.gate = nn.Parameter(torch.rand(4))
        self.fc = nn.Linear(4, 14)
        self.order: torch.Tensor
        self.register_buffer("order", torch.arange(14).flip(0), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pooled = self.backbone.get_submodule("stem")(images).mean(dim=(2, 3))
        outputs: torch.Tensor = self.fc(self.backbone.get_submodule("fc")(pooled) * self.gate)
        return outputs[:, self.order]


@pytest.fixture
def headed(monkeypatch: pytest.MonkeyPatch) -> Architecture:
    """The architecture of such a network, registered."""

    def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> nn.Module:
        return Headed()

    entry = dataclasses.replace(
        MODELS["cnn"], key="headed", section="", architecture=Architecture, assumed=None, build=build, official=None
    )
    monkeypatch.setitem(MODELS, "headed", entry)
    return Architecture(kind="headed", input_size=32)


def test_the_whole_network_is_kept_not_its_backbone_alone(tmp_path: Path, headed: Architecture) -> None:
    module = Headed().eval()
    path = tmp_path / "mine.safetensors"
    save_checkpoint(path, module, headed)
    assert set(load_file(path)) == set(module.state_dict())
    checkpoint = load_checkpoint(path, "headed")
    assert checkpoint.architecture == headed
    rebuilt = checkpoint.build()
    images = torch.rand(2, 1, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(rebuilt(images), module(images), rtol=0, atol=0)
    assert not any(tensor.is_meta for tensor in (*rebuilt.parameters(), *rebuilt.buffers()))


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "module._orig_mod."])
def test_a_wrapped_whole_network_is_read(tmp_path: Path, headed: Architecture, wrapper: str) -> None:
    module = Headed()
    described = {"architecture": headed.model_dump_json()}
    tensors = {f"{wrapper}{name}": value for name, value in module.state_dict().items()}
    save_file(tensors, tmp_path / "mine.safetensors", described)
    found = load_checkpoint(tmp_path / "mine.safetensors", "headed").state_dict
    assert all(torch.equal(found[name], value) for name, value in module.state_dict().items())


def test_names_that_may_be_two_parts_are_refused(tmp_path: Path, headed: Architecture) -> None:
    """As a backbone alone, `fc` could be the backbone's or the head's."""
    backbone = Headed().backbone.state_dict()
    save_file(backbone, tmp_path / "mine.safetensors", {"architecture": headed.model_dump_json()})
    with pytest.raises(InputError) as caught:
        load_checkpoint(tmp_path / "mine.safetensors", "headed")
    message = str(caught.value)
    assert "'mine.safetensors', found fc.weight, which may be backbone.fc.weight or fc.weight; save the" in message
    assert "\n" not in message


def test_a_missing_head_is_named(tmp_path: Path, headed: Architecture) -> None:
    tensors = {name: value for name, value in Headed().state_dict().items() if name != "gate"}
    save_file(tensors, tmp_path / "mine.safetensors", {"architecture": headed.model_dump_json()})
    with pytest.raises(InputError, match=r"the 7 tensors of a headed in 'mine.safetensors', found 1 missing \(gate\)"):
        load_checkpoint(tmp_path / "mine.safetensors", "headed")


@pytest.mark.parametrize("kind", KINDS)
def test_older_files_of_a_backbone_alone_are_read(tmp_path: Path, kind: str) -> None:
    """As the former program wrote them, and as the embedded ones are: without `backbone.` before the names."""
    architecture = narrow(kind)
    module = network(architecture, seed=4)
    backbone = module.get_submodule("backbone").state_dict()
    stated = architecture.model_dump(mode="json")
    assert set(stated) == {
        "kind", "backbone", "channel_multiplier", "depth_multiplier", "input_size", "patch_size", "findings",
    }  # fmt: skip
    path = tmp_path / "older.safetensors"
    save_file(
        {name: value.contiguous() for name, value in backbone.items()}, path, {"architecture": json.dumps(stated)}
    )
    checkpoint = load_checkpoint(path, kind)
    assert checkpoint.architecture == architecture
    for name, value in module.state_dict().items():
        assert torch.equal(checkpoint.state_dict[name], value)


def test_a_file_that_changes_between_reading_and_hashing_is_not_taken(
    own_weights: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the maps would be of one file, and the hash beside them of another."""
    path = tmp_path / "mine.safetensors"
    path.write_bytes(own_weights["cnn"].read_bytes())

    def then_changed(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
        found = read_weights(path)
        path.write_bytes(path.read_bytes() + b" ")
        return found

    monkeypatch.setattr("models.checkpoints.read_weights", then_changed)
    with pytest.raises(InputError, match=r"Expected 'mine\.safetensors' to stay as it is while it is read"):
        load_checkpoint(path, "cnn")


@pytest.mark.parametrize("kind", KINDS)
def test_the_embedded_weights_are_such_files(kind: str) -> None:
    path = MODELS[kind].embedded
    if path is None or not path.is_file():
        pytest.skip("this copy has no embedded weights")
    names = list(load_file(path))
    assert "conv_stem.weight" in names
    assert set(load_checkpoint("demo", kind).state_dict) == {f"backbone.{name}" for name in names}


def test_half_precision_halves_the_file_and_is_float32_in_memory(tmp_path: Path) -> None:
    half = write_network(tmp_path, "cnn", dtype=torch.float16)
    (tmp_path / "full").mkdir()
    full = write_network(tmp_path / "full", "cnn")
    assert half.stat().st_size < 0.6 * full.stat().st_size
    assert load_file(half)["backbone.conv_stem.weight"].dtype == torch.float16
    halved, original = load_checkpoint(half, "cnn").state_dict, load_checkpoint(full, "cnn").state_dict
    assert halved["backbone.conv_stem.weight"].dtype == torch.float32
    for name, value in original.items():  # float16 keeps 11 bits
        torch.testing.assert_close(halved[name], value, rtol=2**-11, atol=1e-6)


def test_numbers_beyond_half_precision_are_kept_as_they_are(tmp_path: Path) -> None:
    architecture = narrow("cnn")
    module = network(architecture)
    variance = module.state_dict()["backbone.bn1.running_var"]
    variance[0] = 70_000.5  # above float16's largest, 65,504
    path = tmp_path / "wide.safetensors"
    save_checkpoint(path, module, architecture, dtype=torch.float16)
    assert load_file(path)["backbone.bn1.running_mean"].dtype == torch.float16
    assert torch.equal(load_checkpoint(path, "cnn").state_dict["backbone.bn1.running_var"], variance)


def test_saving_replaces_the_file_leaves_nothing_else_and_keeps_metadata(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"old")
    architecture = narrow("cnn")
    module = network(architecture)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    save_checkpoint(path, module, architecture, {"seed": "3"}, torch.float16)
    assert list(tmp_path.iterdir()) == [path]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    header = json.loads(path.read_bytes()[8:].split(b"}}")[0] + b"}}") if b"}}" in path.read_bytes() else {}
    assert header["__metadata__"]["seed"] == "3"


def zeros(like: torch.Tensor) -> torch.Tensor:
    """Of half the size, where they are no whole numbers."""
    return torch.zeros(like.shape, dtype=torch.float16 if like.is_floating_point() else like.dtype)


@pytest.mark.parametrize("kind", [pytest.param("medicalpatchnet", marks=pytest.mark.thorough), "cnn"])
def test_a_foreign_file_is_taken_for_the_official_shape(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "A.pt"
    prefix = "_orig_mod.baseBackbone."
    with torch.device("meta"), RandomStartLeftOut():
        named = official_backbone().state_dict()
    torch.save({prefix + name: zeros(value) for name, value in named.items()}, path)
    checkpoint = load_checkpoint(path, kind)
    assert checkpoint.architecture == shape(kind)
    assert len(checkpoint.state_dict) == 782
    assert checkpoint.origin == "own"
    assert "A.pt" in checkpoint.note
    assert "models fetch" in checkpoint.note


def test_weights_of_the_other_kind_are_refused(own_weights: dict[str, Path]) -> None:
    with pytest.raises(
        InputError, match=r"Expected weights of a cnn, found in 'medicalpatchnet-0.safetensors' weights of"
    ):
        load_checkpoint(own_weights["medicalpatchnet"], "cnn")


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("{", "a wrong kind: no name of a model"),
        ("[]", "a wrong kind: no name of a model"),
        ('{"kind": 7}', "a wrong kind: no name of a model"),
        ('{"kind": "resnet"}', "Unknown model 'resnet'"),
        ('{"kind": "cnn", "colour": "red"}', "a wrong colour"),
        ('{"kind": "cnn", "channel_multiplier": 1e9}', "a wrong channel_multiplier"),
        ('{"kind": "cnn", "input_size": 100, "patch_size": 64}', "patch size"),
    ],
)
def test_a_wrong_architecture_is_one_sentence(tmp_path: Path, stated: str, words: str) -> None:
    path = tmp_path / "odd.safetensors"
    save_file({"a": torch.ones(1)}, path, {"architecture": stated})
    with pytest.raises(InputError, match=words) as caught:
        load_checkpoint(path, "cnn")
    assert "'odd.safetensors'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_official_is_taken_from_the_cache_and_says_so(
    cache: Path, monkeypatch: pytest.MonkeyPatch, own_weights: dict[str, Path]
) -> None:
    put_in_cache(cache, monkeypatch, own_weights["cnn"], "cnn")
    for spec in ("official", "auto"):
        checkpoint = load_checkpoint(spec, "cnn")
        assert (checkpoint.origin, checkpoint.model_id) == ("official", "cnn-official")
        assert "official weights (patrick-w/MedicalPatchNet" in checkpoint.note


def test_a_copy_of_the_official_file_is_known_by_its_hash(
    cache: Path, monkeypatch: pytest.MonkeyPatch, own_weights: dict[str, Path]
) -> None:
    put_in_cache(cache, monkeypatch, own_weights["cnn"], "cnn")
    assert load_checkpoint(own_weights["cnn"], "cnn").origin == "official"
    with pytest.raises(
        InputError, match=r"Expected weights of a medicalpatchnet, found .* official weights of the cnn"
    ):
        load_checkpoint(own_weights["cnn"], "medicalpatchnet")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def exchanged(path: Path) -> None:
    path.write_bytes(b"cos\nsystem\n(S'false'\ntR.")


@pytest.mark.parametrize("damage", [truncated, exchanged])
def test_a_damaged_official_file_is_refused_where_it_is_asked_for_by_name(
    cache: Path, monkeypatch: pytest.MonkeyPatch, own_weights: dict[str, Path], damage: Callable[[Path], None]
) -> None:
    damage(put_in_cache(cache, monkeypatch, own_weights["cnn"], "cnn"))
    with pytest.raises(InputError, match=r"Expected sha256 \w{64} of 'cnn.safetensors' .*`python -m models fetch"):
        load_checkpoint("official", "cnn")


@pytest.mark.usefixtures("no_demo")
@pytest.mark.parametrize("damage", [truncated, exchanged])
def test_a_damaged_official_file_is_passed_over_and_that_is_said(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_weights: dict[str, Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    write_network(tmp_path, "cnn", dtype=torch.float16).rename(tmp_path / "cnn-demo.safetensors")
    whole = put_in_cache(cache, monkeypatch, own_weights["cnn"], "cnn")
    damage(whole)
    checkpoint = load_checkpoint("auto", "cnn")
    assert (checkpoint.origin, checkpoint.model_id) == ("demo", "cnn-demo")
    assert "The official weights are damaged" in checkpoint.note
    (said,) = [record.getMessage() for record in caplog.records]
    assert "demonstration weights: Expected sha256" in said
    assert "models fetch" in said and "\n" not in said
    whole.write_bytes(own_weights["cnn"].read_bytes())  # fetched again
    assert load_checkpoint("auto", "cnn").origin == "official"


@pytest.mark.usefixtures("cache")
def test_official_without_the_file_says_how_to_get_it() -> None:
    with pytest.raises(
        InputError, match=r"EfficientNetV2S_weights.pt in the Hugging Face cache, found none; .*models fetch"
    ):
        load_checkpoint("official", "cnn")


@pytest.mark.usefixtures("cache", "no_demo")
def test_without_official_auto_takes_the_demo(tmp_path: Path) -> None:
    weights = write_network(tmp_path, "cnn", dtype=torch.float16)
    weights.rename(tmp_path / "cnn-demo.safetensors")
    for spec in ("auto", "demo"):
        checkpoint = load_checkpoint(spec, "cnn")
        assert (checkpoint.origin, checkpoint.model_id) == ("demo", "cnn-demo")
        assert "simulated radiographs" in checkpoint.note
        assert "models fetch" in checkpoint.note


@pytest.mark.usefixtures("cache", "no_demo")
@pytest.mark.parametrize("spec", ["auto", "demo"])
def test_without_any_weights_the_message_says_what_to_do(spec: str) -> None:
    with pytest.raises(
        InputError, match=r"cnn-demo.safetensors, found none .*models fetch.* or name a file of your own"
    ):
        load_checkpoint(spec, "cnn")


@pytest.mark.parametrize("kind", KINDS)
def test_the_embedded_weights_load(kind: str) -> None:
    from models.embedded import embedded_path

    if not embedded_path(kind).is_file():
        pytest.skip("this copy has no embedded weights")
    checkpoint = load_checkpoint("demo", kind)
    assert checkpoint.origin == "demo"
    assert embedded_path(kind).with_suffix(".md").is_file()
    checkpoint.build()
