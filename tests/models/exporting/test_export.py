"""Networks as graphs: what a graph says is what the network says, finding by finding, or it is refused."""

import base64
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import Attention, Features, Logits, PatchLogits, PooledFeatures, Segments
from models.checkpoints import save_checkpoint
from models.exporting import export as exporting
from models.exporting.calibration import calibration_images
from models.exporting.device_model import DeviceModel
from models.exporting.export import Shape, export
from models.exporting.graph import traced
from models.exporting.images import check_image, phantoms
from models.exporting.quantizing import quantized
from models.exporting.running import GraphRunner
from models.exporting.storage import stored_as_float16
from models.predictor import load_predictor
from models.registry import find_model
from tests.models.mednext.small import write_small
from tests.models.networks import write_timm
from tests.toys.models import FIVE, NOT_PREDICTED, PREDICTED, write_five
from tests.toys.registering import registered_toys

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: requirements-onnx.txt")


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered_toys():
        yield


# What the toy's network is made of. The exporter reads the source of each of the 500 operations that it knows.
OF_THE_TOY = (
    "conv2d linear relu sigmoid cat full_like index_select slice.Tensor mul.Tensor mean.dim sym_size.int "
    "_native_batch_norm_legit_no_training"
)


@cache
def program_of_the_toy() -> tuple[Any, bytes]:
    """What PyTorch's exporter gives of the toy without fusing, and its graph: to follow a network takes seconds."""
    import onnx_ir
    from onnxscript.function_libs.torch_lib import ops, registration

    assert ops  # imported for what it registers
    made: list[Any] = []
    real = torch.onnx.export

    def kept(*arguments: Any, **named: Any) -> Any:
        made.append(real(*arguments, **{**named, "optimize": False}))
        return made[0]

    with tempfile.TemporaryDirectory(prefix="five-") as folder, pytest.MonkeyPatch.context() as patch:
        names = {f"aten::{name}" for name in OF_THE_TOY.split()}
        few = {name: one for name, one in registration.default_registry.items() if name in names}
        patch.setattr(registration, "default_registry", few)
        patch.setattr(torch.onnx, "export", kept)
        model = load_predictor(write_five(Path(folder)), FIVE.key, "torch-cpu")
        traced(model, 64, "images", fused=True)  # type: ignore[arg-type]
    return made[0], onnx_ir.serde.serialize_model(made[0].model).SerializeToString()


def exported_again(*_: Any, optimize: bool, **__: Any) -> Any:
    """The same program again, fused where that is asked for, as the exporter does it in its end."""
    import onnx
    import onnx_ir

    program, graph = program_of_the_toy()
    program.model = onnx_ir.serde.deserialize_model(onnx.load_from_string(graph))
    if optimize:
        program.optimize()
    return program


@cache
def followed(fused: bool) -> bytes:
    """The graph of the toy: to write other numbers into it takes no time."""
    program_of_the_toy()
    with tempfile.TemporaryDirectory(prefix="five-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.onnx, "export", exported_again)
        model = load_predictor(write_five(Path(folder)), FIVE.key, "torch-cpu")
        return traced(model, 64, "images", fused).SerializeToString()  # type: ignore[arg-type]


@pytest.fixture
def _followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx")

    def with_numbers_of(model: Any, shape: Shape, precision: str) -> Any:
        """The graph that the exporter makes of a model: with its numbers, of a fused one those after the features."""
        fused = precision != "float16"
        graph, numbers = onnx.load_from_string(followed(fused)), model.module.state_dict()
        for weight in graph.graph.initializer:
            name = weight.name.removeprefix("network.")
            if name.startswith("classifier.") or (name in numbers and not fused):
                weight.CopyFrom(onnx.numpy_helper.from_array(numbers[name].numpy(), weight.name))
        return graph

    monkeypatch.setattr(exporting, "_traced", with_numbers_of)


KNOWN_GRAPH = pytest.mark.usefixtures("_followed_once")
FEW = {"input_size": 64, "findings": ["Edema", "", "Cardiomegaly"]}
DEMOS = ("medicalpatchnet", "cnn", "attention-network", "mxa-efficientvit", "mednext_xue", "medunext_xue")
WRITERS: dict[str, Any] = {
    "toy-five": write_five,
    **{key: lambda folder: "demo" for key in DEMOS},
    "xrv-densenet121-res224-all": lambda folder: write_random("xrv-densenet121-res224-all", folder),
    "timm:resnet18": lambda folder: write_timm(folder, "resnet18", **FEW),
    "timm:convnext_atto": lambda folder: write_timm(folder, "convnext_atto", **FEW),
    "timm:vit_tiny_patch16_224": lambda folder: write_timm(folder, "vit_tiny_patch16_224", **FEW),
    "timm:test_efficientnet": lambda folder: write_timm(
        folder, "test_efficientnet", **FEW, **{"as": "patches", "patch_size": 32}
    ),
}


def write_random(key: str, folder: Path) -> Path:
    """A model's assumed network as it is initialised, but for logits of the size that trained ones have."""
    entry = find_model(key)
    assert entry.assumed is not None
    torch.manual_seed(0)
    network: Any = entry.build(entry.assumed).eval()
    with torch.no_grad():
        network.linear().weight.mul_(0.01)
    path = folder / "random.safetensors"
    save_checkpoint(path, network, entry.assumed)
    return path


def answers(folder: Path, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """What ONNX Runtime makes of images or patches (n, s, s), by output."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {taken.name: inputs[:, None]}), strict=True))


def equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Within rounding of float32, NaN at the same places."""
    np.testing.assert_allclose(found, expected, atol=1e-4 * max(1, float(np.nanmax(np.abs(expected)))))


def compare(model: Logits, described: DeviceModel, folder: Path, image: np.ndarray) -> set[str]:
    """Hold what the graph gives against what the model says of itself; return the outputs that were compared."""
    inputs = image[None]
    if isinstance(model, PatchLogits):
        side = model.patch_size
        cells = image.reshape(len(image) // side, side, -1, side).transpose(0, 2, 1, 3)
        inputs = np.ascontiguousarray(cells.reshape(-1, side, side))
    found, said = answers(folder, inputs), model.predict(image)
    expected: dict[str, Any] = {"logits": said.logits[None]}
    if isinstance(model, PatchLogits):
        expected = {"patch_logits": said.patch_logits}  # type: ignore[attr-defined]
        equal(found["patch_logits"].mean(axis=0), said.logits)
    if isinstance(model, Features):
        expected["features"] = said.features[None]  # type: ignore[attr-defined]
    if isinstance(model, Segments):
        expected["segments"] = model.segments(image)[None]
    if isinstance(model, Attention) and "attention" in found:
        maps = np.broadcast_to(found["attention"][0], (14, *found["attention"].shape[2:]))
        equal(np.where(described_mask(described), maps, np.nan), model.attention(image))
        del found["attention"]
    assert set(found) == set(expected)
    for name, array in expected.items():
        equal(found[name], array)
    return {output.name for output in described.outputs}


def described_mask(described: DeviceModel) -> np.ndarray:
    return np.array(described.predicted)[:, None, None]


@pytest.mark.parametrize(
    "key", [key if key == FIVE.key else pytest.param(key, marks=pytest.mark.thorough) for key in WRITERS]
)
def test_a_graph_says_what_its_model_says(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_predictor(WRITERS[key](tmp_path), key, "torch-cpu")
    if key == FIVE.key:
        program_of_the_toy()
        monkeypatch.setattr(torch.onnx, "export", exported_again)
    folder = tmp_path / "out"
    described = export(model, folder, "float32")
    assert described == DeviceModel.model_validate_json((folder / "model.json").read_text(encoding="utf-8"))
    assert (described.key, described.weights_sha256) == (key, model.info.weights_sha256)
    assert described.predicted == model.info.architecture.predicted.tolist()
    image = np.random.default_rng(5).random((model.input_size,) * 2, np.float32)
    outputs = compare(model, described, folder, image)
    assert outputs >= ({"patch_logits"} if isinstance(model, PatchLogits) else {"logits"})
    assert (described.classifier is not None) == isinstance(model, PooledFeatures)
    if isinstance(model, PooledFeatures):
        assert described.classifier is not None
        weight = np.frombuffer(base64.b64decode(described.classifier.weight), "<f4").reshape(14, -1)
        bias = np.frombuffer(base64.b64decode(described.classifier.bias), "<f4")
        logits = weight @ answers(folder, image[None])["features"][0].mean(axis=(1, 2)) + bias
        equal(logits[model.info.architecture.predicted], model.predict(image).logits[described.predicted])


@KNOWN_GRAPH
def test_float16_loses_nothing_of_weights_that_are_float16_and_names_nothing_of_this_machine(tmp_path: Path) -> None:
    model = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu")
    with torch.no_grad():
        for tensor in model.module.parameters():  # type: ignore[attr-defined]
            tensor.copy_(tensor.half())
    half = export(model, tmp_path / "half", "float16")
    assert half.parity.logit <= half.parity.limit == 1e-4
    content = (tmp_path / "half" / "model.onnx").read_bytes()
    assert not [mark for mark in (b".py", b"File ", b"pkg.torch", b"pytorch") if mark in content]


@pytest.mark.thorough
def test_the_same_network_makes_the_same_bytes(tmp_path: Path) -> None:
    model = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu")
    one, again = (export(model, tmp_path / name, "float16") for name in ("one", "again"))
    assert one == again  # by their hash


@KNOWN_GRAPH
def test_weights_that_float16_rounds_may_differ_by_what_rounding_costs_and_no_more(tmp_path: Path) -> None:
    model = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu")
    described = export(model, tmp_path / "rounded", "float16")
    assert 1e-4 < described.parity.logit <= described.parity.limit == 0.03
    assert described.parity.finding in PREDICTED
    with torch.no_grad():
        model.module.classifier.weight.mul_(1000)  # type: ignore[attr-defined]
    refusal = "Expected the float16 graph of toy-five-.* within 0.03 of PyTorch, found .* for"
    with pytest.raises(InputError, match=rf"{refusal} ({'|'.join(PREDICTED)}); take --precision float32"):
        export(model, tmp_path / "out", "float16")
    assert not (tmp_path / "out").exists()


def test_a_graph_with_the_findings_in_another_order_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes the graph orders its findings; what it is compared with does so by itself."""
    onnx = pytest.importorskip("onnx")
    model = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu")
    graph = onnx.load_from_string(followed(True))
    right = [PREDICTED.index(finding) if finding in PREDICTED else len(PREDICTED) for finding in FINDINGS]
    arrays = [(one, onnx.numpy_helper.to_array(one).copy()) for one in graph.graph.initializer]
    ((weight, places),) = [(one, array) for one, array in arrays if array.tolist() == right]
    one, other = (FINDINGS.index(finding) for finding in PREDICTED[:2])
    places[[one, other]] = places[[other, one]]
    weight.CopyFrom(onnx.numpy_helper.from_array(places, weight.name))
    monkeypatch.setattr(exporting, "_traced", lambda *_: graph)
    with pytest.raises(InputError, match=rf"within 0.0001 of PyTorch, found .* for ({'|'.join(PREDICTED[:2])})"):
        export(model, tmp_path / "out", "float32")
    assert not (tmp_path / "out").exists()


@pytest.mark.thorough
def test_segments_and_maps_are_by_finding_where_a_network_has_few(tmp_path: Path) -> None:
    for key in ("mednext_xue", "medunext_xue"):
        few = write_small(key, tmp_path, findings=("Edema", "", "Cardiomegaly"))
        model = load_predictor(few, key, "torch-cpu")
        described = export(model, tmp_path / key, "float32")
        compare(model, described, tmp_path / key, np.random.default_rng(5).random((32, 32), np.float32))


def test_weights_beyond_float16_stay_float32() -> None:
    onnx = pytest.importorskip("onnx")
    arrays = {"fits": np.full((4, 4), 0.1, np.float32), "beyond": np.full((4, 4), 1e6, np.float32)}
    weights = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = onnx.helper.make_graph([], "network", [], [], weights)
    made = stored_as_float16(onnx.helper.make_model(graph))
    stored = {weight.name: onnx.numpy_helper.to_array(weight) for weight in made.graph.initializer}
    assert {name: array.dtype for name, array in stored.items()} == {"fits.float16": np.float16, "beyond": np.float32}
    (cast,) = made.graph.node
    assert (cast.op_type, list(cast.input), list(cast.output)) == ("Cast", ["fits.float16"], ["fits"])


@KNOWN_GRAPH
def test_int8_is_measured_and_findings_without_output_stay_nan(tmp_path: Path) -> None:
    path = write_five(tmp_path)
    model = load_predictor(path, FIVE.key, "torch-cpu")
    with torch.no_grad():
        model.module.classifier.weight.mul_(0.02)  # type: ignore[attr-defined]
    described = export(model, tmp_path / "out", "int8")
    assert 0 < described.parity.logit <= described.parity.limit == 0.03
    assert described.parity.finding in PREDICTED
    images = phantoms(64, 3)
    found = answers(tmp_path / "out", images)["logits"]
    assert np.isnan(found[:, [FINDINGS.index(finding) for finding in NOT_PREDICTED]]).all()
    np.testing.assert_allclose(found, model.logits(images), atol=0.03)
    assert b"QuantizeLinear" in (tmp_path / "out" / "model.onnx").read_bytes()


def test_int8_beyond_its_limit_is_tried_again_with_the_first_layers_and_the_last_in_float32() -> None:
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(3)
    helper, count = onnx.helper, 20
    arrays = {
        f"w{i}": np.linalg.qr(rng.normal(size=(4, 4)))[0].astype(np.float32)[..., None, None] for i in range(count)
    }
    arrays["w0"] = arrays["w0"][:, :1]
    names = ["images", *(f"x{i}" for i in range(count - 1)), "logits"]
    nodes = [helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], name=f"conv{i}") for i in range(count)]
    sizes = [("images", ["n", 1, 8, 8]), ("logits", ["n", 4, 8, 8])]
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size) for name, size in sizes]
    weights = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    opset = [helper.make_opsetid("", 18)]
    graph = helper.make_model(
        helper.make_graph(nodes, "network", ends[:1], ends[1:], weights), opset_imports=opset, ir_version=10
    )
    images = rng.random((16, 8, 8), np.float32)
    kept = [f"w{i}" for i in (0, 1, 2, 3, 4, 5, 6, 7, count - 1)]
    whole, partly = quantized(graph, images)
    assert (whole.float_layers, list(partly.float_layers)) == ((), kept)
    expected = GraphRunner(graph)(images)["logits"]
    apart = [np.abs(GraphRunner(one.graph)(images)["logits"] - expected).max() for one in (whole, partly)]
    assert 0 < apart[1] < apart[0]
    stored = {one.name: one.data_type for one in partly.graph.graph.initializer}
    assert {name for name in arrays if stored.get(name) == onnx.TensorProto.FLOAT} == set(kept)
    del graph.graph.node[10:]  # of ten layers nine would stay
    graph.graph.node[9].output[0] = "logits"
    assert [one.float_layers for one in quantized(graph, images)] == [()]


def test_the_image_of_the_check_by_hand() -> None:
    grey = np.round(check_image(256) * 255).astype(int)
    assert grey[0, 0] == 190  # no lung; 0 xor 0
    assert grey[128, 84] == 70 + ((84 ^ 128) & 31) == 90  # the middle of a lung
    assert grey[128, 84 + 36] == 190 + ((120 ^ 128) & 31)  # on its border, which is not in it
    assert grey[128, 172] == 70 + ((172 ^ 128) & 31)
    np.testing.assert_array_equal(check_image(512)[::2, ::2], check_image(256))


def test_calibration_takes_what_can_be_read_in_a_folder_and_refuses_one_without_images(tmp_path: Path) -> None:
    import cv2

    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(InputError, match=r"Expected images to calibrate on in .*, found none that can be read"):
        calibration_images(32, tmp_path)
    with pytest.raises(InputError, match=r"Expected a folder of images to calibrate on at .*, found none"):
        calibration_images(32, tmp_path / "missing")
    cv2.imwrite(str(tmp_path / "film.png"), np.full((64, 96), 51, np.uint8))
    np.testing.assert_allclose(calibration_images(32, tmp_path), np.full((1, 32, 32), 0.2), atol=1e-6)


def test_a_model_without_a_network_is_refused(tmp_path: Path) -> None:
    class Remote:
        info = load_predictor(write_five(tmp_path), FIVE.key, "torch-cpu").info
        input_size = 64

        def predict(self, image: Any) -> Any: ...

        def logits(self, images: Any) -> Any: ...

    with pytest.raises(InputError, match=r"Expected a model with a PyTorch network .*, found toy-five, which has none"):
        export(Remote(), tmp_path / "out", "float32")
    assert not (tmp_path / "out").exists()
