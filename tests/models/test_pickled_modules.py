"""Whole networks that PyTorch pickled come out tensor for tensor; nothing in the files is imported or called."""

import builtins
import functools
import io
import os
import pickle
import re
import sys
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from data_cache.errors import InputError
from models.pickled_modules import PickledModule, read_pickled_module
from tests.data_cache.bounded import outcomes
from tests.data_cache.pickle_bombs import modules, pickles
from tests.models.xrv_networks import densenet, released_densenet, resnet, xrv

FORMS = pytest.mark.parametrize("zipped", [True, False])
THOROUGH = pytest.mark.thorough


def saved(path: Path, content: object, zipped: bool = True) -> Path:
    with warnings.catch_warnings(action="ignore"):  # of classes whose source cannot be found
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def assert_same(path: Path, network: nn.Module) -> PickledModule:
    drawn = read_pickled_module(path)
    expected = network.state_dict()
    assert list(drawn.tensors) == list(expected)
    for name, tensor in expected.items():
        assert drawn.tensors[name].dtype == tensor.dtype, name
        torch.testing.assert_close(drawn.tensors[name], tensor, rtol=0, atol=0, equal_nan=True)
    assert drawn.root_class == f"{type(network).__module__}.{type(network).__name__}"
    assert drawn.parameter_count == sum(parameter.numel() for parameter in network.parameters())
    return drawn


@pytest.mark.parametrize(
    ("make", "zipped"),
    [
        pytest.param(make, zipped, marks=THOROUGH)  # their classes and layers are those of the released one, below
        for make in (resnet, densenet)
        for zipped in (True, False)
    ],
)
def test_torchxrayvisions_networks(tmp_path, make, zipped):
    assert_same(saved(tmp_path / "network.pt", make(), zipped), make())


def narrow_densenet() -> nn.Module:
    return xrv().models.DenseNet(growth_rate=4, block_config=(1, 1), num_init_features=8)


def small_released() -> nn.Module:
    """A narrow one that says of itself what the library lets a released one say."""
    network = narrow_densenet()
    network.targets = network.pathologies = ["Edema", ""]
    network.weights, network.input_resolution = "densenet121-res224-chex", 224
    network.register_buffer("op_threshs", torch.rand(18))
    return network


@pytest.mark.parametrize(
    ("make", "zipped"),
    [
        (small_released, True),
        *(
            pytest.param(lambda: released_densenet("densenet121-res224-chex"), zipped, marks=THOROUGH)
            for zipped in (True, False)
        ),
    ],
)
def test_what_a_released_network_says_of_itself(tmp_path, make, zipped):
    network = make()
    attributes = assert_same(saved(tmp_path / "whole.pt", network, zipped), network).attributes
    assert attributes["targets"] == attributes["pathologies"] == network.targets
    assert attributes["weights"] == "densenet121-res224-chex"
    assert attributes["input_resolution"] == 224
    assert attributes["apply_sigmoid"] is False
    assert not {"training", "op_threshs"} & set(attributes)


def tied() -> nn.Module:
    network = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.BatchNorm1d(4))
    network[2].weight = network[0].weight
    network.add_module("again", network[0])
    return network


def odd() -> nn.Module:
    """Attributes on a parameter, buffers of every sort, other types of numbers, a class as an attribute."""
    network = nn.Sequential(nn.Linear(2, 3, bias=False), nn.Conv2d(1, 2, 3, dtype=torch.float16))
    network[0].weight.note = "seen"
    network.register_buffer("passing", torch.ones(2), persistent=False)
    network.register_buffer("kept", torch.arange(6).reshape(2, 3).t())
    network.register_buffer("missing", None)
    network.register_parameter("none", None)
    network.typed = nn.Buffer(torch.ones(1, dtype=torch.bool))
    network.kind = nn.ReLU
    network.device = torch.device("cpu")
    network.size = torch.Size([1, 2])
    network.activation = nn.functional.relu
    return network


@FORMS
@pytest.mark.parametrize(
    "make",
    [
        tied,
        odd,
        lambda: torchvision.models.ShuffleNetV2([1, 1, 1], [4, 8, 8, 16, 16], num_classes=2),
        lambda: nn.TransformerEncoderLayer(8, 2),
        lambda: nn.DataParallel(nn.LSTM(3, 4)),
        lambda: nn.ModuleDict({"a": nn.ParameterList([nn.Parameter(torch.tensor(2.5))]), "b": nn.Embedding(3, 2)}),
    ],
)
def test_other_networks_of_plain_parts(tmp_path, make, zipped):
    network = make()
    assert_same(saved(tmp_path / "network.pt", network, zipped), network)


@FORMS
def test_attributes_are_text_numbers_and_lists_of_them(tmp_path, zipped):
    network = odd()
    network.names, network.pair, network.mixed, network.mapping = ["a", ""], (1, 2.5), [[1]], {"a": 1}
    attributes = read_pickled_module(saved(tmp_path / "odd.pt", network, zipped)).attributes
    assert attributes == {"names": ["a", ""], "pair": [1, 2.5], "size": [1, 2]}


@pytest.mark.parametrize("version", ["1.0.0", "1.4.0", "1.6.0"])
def test_networks_that_old_pytorch_saved(version):
    """Made by those versions: Sequential(Conv2d(1, 2, (1, 3)), BatchNorm2d(2), ReLU(), Linear(2, 1)).

    The i-th tensor of the state dict counts from 10 i; 1.0 and 1.4 wrote the older form, 1.6 the newer one.
    """
    drawn = read_pickled_module(Path(__file__).parent / f"old_networks/pytorch-{version}.pt")
    expected = nn.Sequential(nn.Conv2d(1, 2, (1, 3)), nn.BatchNorm2d(2), nn.ReLU(), nn.Linear(2, 1)).state_dict()
    assert list(drawn.tensors) == list(expected)
    for index, (name, tensor) in enumerate(drawn.tensors.items()):
        assert (tensor.shape, tensor.dtype) == (expected[name].shape, expected[name].dtype)
        assert tensor.flatten().tolist() == list(range(10 * index, 10 * index + tensor.numel()))
    assert (drawn.root_class, drawn.attributes) == ("torch.nn.modules.container.Sequential", {})
    assert drawn.parameter_count == 15


class Asking:
    """Asks for a function by its name, to be called when it is unpickled."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class OfOurOwn(nn.Linear):
    """A network of a class that is not PyTorch's."""


def with_attribute(value: object) -> nn.Module:
    network = nn.Linear(2, 2)
    network.extra = value
    return network


def with_noted_parameter(value: object) -> nn.Module:
    network = nn.Linear(2, 2)
    network.weight.note = value
    return network


def with_hook(value: object) -> nn.Module:
    network = nn.Linear(2, 2)
    network._forward_hooks[0] = value
    return network


MKDIR = rf"{os.name}\.mkdir"
HOSTILE = {
    "os.system": (lambda mark: with_attribute(Asking(os.system, f"touch '{mark}'")), f"{os.name}.system"),
    "eval": (lambda mark: with_attribute(Asking(eval, f"__import__('os').mkdir({str(mark)!r})")), "builtins.eval"),
    "exec in a hook": (lambda mark: with_hook(Asking(exec, f"import os; os.mkdir({str(mark)!r})")), "builtins.exec"),
    "mkdir in a parameter": (lambda mark: with_noted_parameter(Asking(os.mkdir, str(mark))), MKDIR),
    "torch.load": (lambda mark: with_attribute(Asking(torch.load, str(mark))), "torch.serialization.load"),
    "a storage's own pickle": (
        lambda mark: with_attribute(Asking(torch.storage._load_from_bytes, pickle.dumps(Asking(os.mkdir, str(mark))))),
        r"torch\.storage\._load_from_bytes",
    ),
    "an array": (lambda mark: with_attribute(np.ones(2)), r"numpy\S+_reconstruct"),
    "a number of NumPy's": (lambda mark: with_attribute(np.float64(1)), r"numpy\S+scalar"),
    "partial": (lambda mark: with_attribute(functools.partial(open, str(mark))), "functools.partial"),
    "getattr": (lambda mark: with_attribute(Asking(getattr, "text", "upper")), "builtins.getattr"),
    "a bytearray": (lambda mark: with_attribute(Asking(bytearray, 1 << 40)), "builtins.bytearray"),
    "a tensor of another type": (
        lambda mark: with_attribute(
            Asking(
                torch._tensor._rebuild_from_type_v2,
                torch._utils._rebuild_parameter,
                torch.Tensor,
                (torch.ones(1), True, OrderedDict()),
                {},
            )
        ),
        "a tensor of another type",
    ),
    "our own class": (lambda mark: OfOurOwn(2, 2), r"tests\.models\.test_pickled_modules\.OfOurOwn"),
    "no network at all": (lambda mark: Asking(os.system, f"touch '{mark}'"), f"{os.name}.system"),
    "in a dict": (lambda mark: {"a": torch.ones(1), "b": Asking(os.mkdir, str(mark))}, MKDIR),
    "a tensor's hooks": (
        lambda mark: with_attribute(
            Asking(
                torch._utils._rebuild_tensor_v2,
                torch.ones(1)._typed_storage(),
                0,
                (1,),
                (1,),
                False,
                OrderedDict({0: Asking(os.mkdir, str(mark))}),
            )
        ),
        MKDIR,
    ),
}


@FORMS
@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_network_does_not_need_is_named_and_not_executed(tmp_path, name, zipped):
    make, named = HOSTILE[name]
    mark = tmp_path / "executed"
    path = saved(tmp_path / "evil.pt", make(mark), zipped)
    with pytest.raises(InputError, match=rf"in 'evil\.pt', found {named}; it was refused and not executed\.$"):
        read_pickled_module(path)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["os.system", "eval", "exec in a hook", "mkdir in a parameter", "in a dict"])
def test_the_evil_ones_would_work_elsewhere(tmp_path, name):
    mark = tmp_path / "executed"
    torch.load(saved(tmp_path / "evil.pt", HOSTILE[name][0](mark)), weights_only=False)
    assert mark.exists()


def packed_bytes(pickled: bytes) -> bytes:
    """A pickle by hand as the only part of an archive of torch.save's."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
    return file.getvalue()


@pytest.mark.parametrize(
    "name", [b"torch.nn.modules.module\ntorch.os.system", b"torchxrayvision.models\nos.system", b"torch.nn.os\nsystem"]
)
def test_what_is_named_through_an_admitted_module_is_not_looked_up(tmp_path, name):
    command = f"touch {tmp_path / 'executed'}".encode()
    call = b"\x80\x02c" + name + b"\nX" + len(command).to_bytes(4, "little") + command + b"\x85R."
    path = tmp_path / "evil.pt"
    path.write_bytes(packed_bytes(call))
    with pytest.raises(InputError, match="found a part that is no module; it was refused"):
        read_pickled_module(path)
    assert not (tmp_path / "executed").exists()


def test_classes_are_not_imported(tmp_path, monkeypatch):
    path = saved(tmp_path / "network.pt", narrow_densenet())
    for name in [name for name in sys.modules if name.startswith(("torchxrayvision", "torchvision"))]:
        monkeypatch.delitem(sys.modules, name)
    before = set(sys.modules)
    assert read_pickled_module(path).root_class == "torchxrayvision.models.DenseNet"
    assert not [name for name in set(sys.modules) - before if not name.startswith(("encodings", "numpy"))]


def test_state_dicts_and_other_things_are_told_from_networks(tmp_path):
    network = nn.Linear(2, 2)
    for content, found in (
        (network.state_dict(), "found a state dict, which needs no conversion: use it as it is"),
        (dict(network.named_parameters()), "found a state dict, which needs no conversion: use it as it is"),
        ({"model": network, "epoch": 3}, "found a mapping of other things"),
        ({}, "found a mapping of other things"),
        ([network], "found a list: save the network"),
        (3, "found a int"),
    ):
        with pytest.raises(InputError, match=found):
            read_pickled_module(saved(tmp_path / "other.pt", content))


def test_safetensors_are_told(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.ones(2)}, tmp_path / "a.pt")
    with pytest.raises(InputError, match="found safetensors: use it as it is"):
        read_pickled_module(tmp_path / "a.pt")


def test_no_file_a_folder_and_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("none.pt", "", "pipe"):
        with pytest.raises(InputError, match="found no file"):
            read_pickled_module(tmp_path / name)


def changed(network: nn.Module, **parts: object) -> nn.Module:
    network.__dict__.update(parts)
    return network


@FORMS
@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: changed(nn.Linear(2, 2), _parameters={"a": 3}), "found a int in place of a tensor"),
        (lambda: changed(nn.Linear(2, 2), _buffers={1: torch.ones(1)}), "found a part that is no module"),
        (lambda: changed(nn.Linear(2, 2), _modules={"a": [nn.Linear(1, 1)]}), "found a part that is no module"),
        (lambda: changed(nn.Linear(2, 2), _modules={"a.b": nn.Linear(1, 1)}), "found a name with a dot"),
        (lambda: changed(nn.Linear(2, 2), _parameters={501 * "a": torch.ones(1)}), "names of more than 500"),
        (lambda: changed(nn.Linear(2, 2), _parameters=None), "found a part that is no module"),
        (lambda: nn.Linear(2, 2, dtype=torch.complex64), r"found torch\.ComplexFloatStorage"),
        (
            lambda: changed(nn.Linear(2, 2), _buffers={"a": torch.ones(1).expand(10**5, 10**5)}),
            "found a damaged or different file",
        ),
    ],
)
def test_networks_that_are_not_whole(tmp_path, make, found, zipped):
    path = saved(tmp_path / "odd.pt", make(), zipped)
    with pytest.raises(InputError, match=found):
        read_pickled_module(path)


@FORMS
def test_numbers_that_are_shared_without_end_are_refused(tmp_path, zipped):
    numbers = torch.ones(50_000)
    for times, enough in ((3, True), (6, False)):
        network = changed(nn.Linear(1, 1), _buffers={f"a{index}": numbers.view(-1) for index in range(times)})
        path = saved(tmp_path / "shared.pt", network, zipped)
        if enough:
            assert_same(path, network)
        else:
            with pytest.raises(InputError, match="damaged or different"):
                read_pickled_module(path)


def test_parts_shared_without_end_are_refused(tmp_path):
    network: nn.Module = nn.Identity()
    for _ in range(20):
        outer = nn.Module()
        outer.a = outer.b = network
        network = outer
    with pytest.raises(InputError, match="more than 20,000 parts"):
        read_pickled_module(saved(tmp_path / "doubled.pt", network))


@pytest.mark.parametrize("closely", [pytest.param(True, marks=THOROUGH), False])
@FORMS
def test_cut_short_or_changed(tmp_path, zipped, closely):
    content = saved(tmp_path / "network.pt", odd(), zipped).read_bytes()
    path = tmp_path / "damaged.pt"
    for size in range(0, len(content), 101 if closely else len(content) // 20):
        path.write_bytes(content[:size])
        with pytest.raises(InputError, match=r"^Expected [^\n]* in 'damaged\.pt', found [^\n]*\.$"):
            read_pickled_module(path)
    for place in range(0, len(content), 61 if closely else len(content) // 40):
        damaged = bytearray(content)
        damaged[place] ^= 0x2A
        path.write_bytes(damaged)
        try:
            read_pickled_module(path)
        except InputError as error:
            assert "\n" not in str(error)


# Bombs that take half a second until they are refused, for having more steps than any network, as others here have.
LONG = ("deep tuples", "deep lists", "very many dicts", "very many marks", "deep lists, packed")


def packed_bombs() -> dict[str, bytes]:
    return {f"{name}, packed": packed_bytes(pickled) for name, pickled in pickles().items() if len(pickled) < 1e6}


@pytest.mark.parametrize("long", [pytest.param(True, marks=THOROUGH), False])
def test_small_files_cannot_take_long_or_much_memory(tmp_path, long):
    bombs = pickles() | modules() | packed_bombs()
    bombs = {name: content for name, content in bombs.items() if (name in LONG) == long}
    paths = []
    for index, content in enumerate(bombs.values()):
        paths.append(tmp_path / f"{index}.pt")
        paths[-1].write_bytes(content)
    sentences = outcomes("models.pickled_modules", "read_pickled_module", paths)
    for name, sentence in zip(bombs, sentences, strict=True):
        assert re.fullmatch(r"Expected a network .*, found .*\.", sentence), name
        assert len(sentence) < 400, name


def test_nothing_of_ours_asks_for_builtins(monkeypatch, tmp_path):
    """Python's own way of importing and running what a file names is never taken."""
    path = saved(tmp_path / "network.pt", odd())

    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("called")

    monkeypatch.setattr(pickle, "Unpickler", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(torch, "load", refuse)
    monkeypatch.setattr(builtins, "eval", refuse)
    assert read_pickled_module(path).tensors
