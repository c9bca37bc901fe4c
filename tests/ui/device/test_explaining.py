"""Maps that a visitor's own device makes of what its models gave: the same numbers and words as the explainers'."""

from typing import Any

import numpy as np
import pytest

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from data_cache.images import read_radiograph
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.capabilities import ATTENTION, PATCH_LOGITS, POOLED_FEATURES, SEGMENTS, Capability
from models.predictor import load_predictor
from tests.models.networks import write_timm
from tests.ui.device.node import given, in_node, tensor
from tests.ui.test_javascript import NODE
from ui.content import calibrated_probabilities, map_content, method_content, probabilities
from ui.fields import field_contents

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
SCRIPT = """
const { explain } = await import("DEVICE/explaining/explain.js");
const { METHODS, methodsFor, whyServer, whyServerWith } = await import("DEVICE/explaining/methods.js");
const { projection } = await import("DEVICE/explaining/principal.js");
const { calibrated, probabilities } = await import("DEVICE/explaining/probabilities.js");
const said = (make) => { try { make(); return ""; } catch (error) { return error.message; } };
const { models, cases, methods, temperatures, wrong, matrices } = given;
const rowsOf = ({ data, shape: [rows, columns] }) =>
  Array.from({ length: rows }, (_, i) => Float64Array.from(data.subarray(i * columns, (i + 1) * columns)));
answer({
  maps: cases.map(({ model, method, parameters }) => explain(method, models[model], parameters)),
  projections: matrices.map((matrix) => projection(rowsOf(matrix))),
  probabilities: Object.values(models).map(({ logits }) => probabilities(logits)),
  calibrated: Object.values(models).map(({ logits }) => calibrated(logits, temperatures)),
  defaults: METHODS, able: methodsFor(["pooled features"]),
  why: methods.map((method) => whyServer(method, ["patch logits"])),
  layer: whyServerWith("Grad-CAM", { layer: "blocks.3" }), steps: whyServerWith("Raw patch map", { shift_steps: 4 }),
  wrong: wrong.map(({ model, method, parameters }) => said(() => explain(method, models[model], parameters))),
});
"""
NEEDS: dict[str, Capability] = {
    one.key: one for one in (PATCH_LOGITS, POOLED_FEATURES, ATTENTION, SEGMENTS)
}  # what a device is given of a model
RESNET = "timm:test_resnet"
SOME = ["Edema", "", "Cardiomegaly", "Pneumothorax", "Support Devices", "Atelectasis"]  # of the others there is nothing
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("medicalpatchnet", "raw", {}),
    ("medicalpatchnet", "scaled", {}),
    ("attention-network", "attention", {}),
    ("medunext_xue", "segmentation", {}),
    ("medunext_xue", "segmentation", {"side": 23}),
    *((model, method, parameters) for model in ("cnn", RESNET) for method, parameters in (
        ("gradcam", {}), ("gradcam", {"formula": "hirescam"}), ("gradcam++", {}), ("layercam", {}),
        ("gradcam-elementwise", {}), ("eigencam", {}), ("eigencam", {"sign": "activation"}), ("eigengradcam", {}),
        ("eigengradcam", {"sign": "svd"}), ("ablationcam", {}), ("finercam", {}),
        ("finercam", {"against": "Edema", "strength": 0.5}),
    )),
]  # fmt: skip
WRONG: list[tuple[str, str, dict[str, Any]]] = [
    (RESNET, "finercam", {"against": "Pneumonia"}),
    ("cnn", "finercam", {"against": "Gout"}),
    ("cnn", "gradcam", {"layer": "blocks"}),
    ("cnn", "raw", {"shift_steps": 4}),
    ("cnn", "ablationcam", {"layer": "blocks"}),
    ("cnn", "lrp", {}),
]
SHAPES = ((64, 448), (49, 90), (64, 40), (64, 10), (16, 20), (16, 24), (25, 300))  # every way that LAPACK takes


def smooth(rows: int, columns: int) -> Any:
    """Centred activations of places in a row, each channel a wave, as natural features are."""
    draw = np.random.default_rng(rows + columns)
    waves = np.sin(np.linspace(0, 3, rows)[:, None] * draw.normal(size=columns) + draw.normal(size=columns))
    noisy = (waves + 0.05 * draw.normal(size=waves.shape)).astype(np.float32)
    return noisy - noisy.mean(axis=0)


def noisy(rows: int, columns: int) -> Any:
    """Noise, of which many components are nearly as large as the first."""
    draw = np.random.default_rng(rows + columns).normal(size=(rows, columns)).astype(np.float32)
    return draw - draw.mean(axis=0)


MATRICES = [*(smooth(*shape) for shape in SHAPES), *(noisy(*shape) for shape in ((64, 448), (49, 1024), (36, 200)))]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelRun]:
    weights = write_timm(tmp_path_factory.mktemp("timm"), "test_resnet", input_size=96, findings=SOME)
    path = bundled_cases()[0].image_path
    assert path is not None
    film = read_radiograph(path)
    keys = {model: "demo" for model, _, _ in CASES} | {RESNET: str(weights)}
    return {key: ModelRun.of(film, load_predictor(spec, key, "torch-cpu")) for key, spec in keys.items()}


def outputs(run: ModelRun) -> dict[str, Any]:
    """What a device is given of the model."""
    found: dict[str, Any] = {"findings": FINDINGS, "logits": given(run.logits), "id": run.info.id}
    model: Any = run.model
    said: Any = run.prediction
    if PATCH_LOGITS.of(model):
        found["patchLogits"] = tensor(said.patch_logits)
    if POOLED_FEATURES.of(model):
        found["features"] = tensor(said.features[None])
        found["classifier"] = {"weight": given(model.classifier_weight), "bias": given(model.classifier_bias)}
    if ATTENTION.of(model):
        found["attention"] = tensor(model.attention(run.image)[:1])
    if SEGMENTS.of(model):
        found["segments"] = tensor(said.segments)
    return found


def explained(runs: dict[str, ModelRun], model: str, method: str, parameters: dict[str, Any]) -> Explanation:
    name = f"{method}@{model}"
    (found,) = explain_all(runs, [name], {name: parameters}).values()
    return found


@pytest.fixture(scope="module")
def told(runs: dict[str, ModelRun], tmp_path_factory: pytest.TempPathFactory) -> Any:
    cases, wrong = (
        [{"model": model, "method": method, "parameters": parameters} for model, method, parameters in some]
        for some in (CASES, WRONG)
    )
    asked = {
        "models": {key: outputs(run) for key, run in runs.items()},
        "cases": cases,
        "methods": [method_content(entry) for entry in EXPLAINERS.values()],
        "temperatures": [None, *np.linspace(0.5, 2, 13).tolist()],
        "wrong": wrong,
        "matrices": [tensor(matrix) for matrix in MATRICES],
    }
    return in_node(SCRIPT, asked, tmp_path_factory.mktemp("node"))


def test_maps_and_words_are_those_of_the_explainers(runs: dict[str, ModelRun], told: Any) -> None:
    for (model, method, parameters), found in zip(CASES, told["maps"], strict=True):
        expected = explained(runs, model, method, parameters)
        content = map_content(expected, lambda _: {})
        where = f"{method}@{model} {parameters}"
        assert found["shape"] == list(expected.maps.shape), where
        assert (found["note"], found["parameters"]) == (content["note"], content["parameters"]), where
        for name in ("maps", "shown"):
            wanted = getattr(expected, name)
            spread = np.nanmax(np.abs(wanted), axis=(1, 2), initial=1e-30, keepdims=True)
            got = found[name].reshape(wanted.shape)
            np.testing.assert_allclose(got / spread, wanted / spread, rtol=0, atol=1e-5, err_msg=where)


def test_principal_components_point_as_numpy_lets_them(told: Any) -> None:
    for matrix, found in zip(MATRICES, told["projections"], strict=True):
        u, s, _ = np.linalg.svd(matrix, full_matrices=False)
        np.testing.assert_allclose(found, u[:, 0] * s[0], rtol=0, atol=1e-5 * s[0], err_msg=str(matrix.shape))


def test_probabilities_are_those_of_the_server(runs: dict[str, ModelRun], told: Any) -> None:
    class Halved:
        temperatures = np.array([np.nan, *np.linspace(0.5, 2, 13)])

    for run, plain, calibrated in zip(runs.values(), told["probabilities"], told["calibrated"], strict=True):
        wanted = [*probabilities(run.logits), *calibrated_probabilities(Halved(), run.logits)]  # type: ignore[arg-type]
        assert [one is None for one in (*plain, *calibrated)] == [one is None for one in wanted]
        np.testing.assert_allclose(np.array([*plain, *calibrated], float), np.array(wanted, float), rtol=1e-14)


def test_what_a_device_can_do_is_what_the_registry_says(told: Any) -> None:
    """Defaults are the methods' own; what needs one pass alone is there, and every other method says why not."""
    for key, method in told["defaults"].items():
        entry = EXPLAINERS[key]
        assert method["defaults"] == {field["name"]: field["default"] for field in field_contents(entry.parameters)}
        assert entry.needs.protocol in NEEDS[method["needs"]].protocol.__mro__
    assert set(told["defaults"]) == {
        key for key, entry in EXPLAINERS.items() if entry.kind in ("pass", "masks") or key == "attention"
    }
    assert set(told["able"]) == {key for key, entry in EXPLAINERS.items() if entry.kind == "pass"} - {"raw", "scaled"}
    why = dict(zip(EXPLAINERS, told["why"], strict=True))
    assert {key for key, sentence in why.items() if not sentence} == {"raw", "scaled"}
    assert why["gradcam"] == "Grad-CAM needs the server: a device is not given this model's pooled features."
    assert why["lrp"].startswith("LRP needs the server: it goes back through the network")
    assert why["rise"].startswith("RISE needs the server: it runs the network on many")
    assert why["rollout"].startswith("Attention rollout needs the server: it looks inside")
    assert not any("one pass" in sentence for sentence in why.values())  # no kind without words of its own
    assert "blocks.3 needs the server" in told["layer"] and "4 shift steps needs the server" in told["steps"]


def test_what_a_device_cannot_do_is_one_sentence(runs: dict[str, ModelRun], told: Any) -> None:
    against, unknown, layer, steps, extra, method = told["wrong"]
    assert against == (
        f"Expected a finding that {runs[RESNET].info.id} predicts to compare with, found Pneumonia, which it does not; "
        "name another or leave it empty."
    )
    with pytest.raises(Exception, match="Gout") as refused:
        explained(runs, "cnn", "finercam", {"against": "Gout"})
    assert unknown == str(refused.value)
    assert "needs the server" in layer and "needs the server" in steps and "needs the server" in method
    assert extra == "Wrong parameter 'layer' of ablationcam: extra inputs are not permitted, found 'blocks'."
