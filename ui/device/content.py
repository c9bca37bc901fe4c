"""What the page is told of computing on the visitor's own device: with which files, models and profiles."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data_cache.errors import InputError
from models.registry import find_model
from ui.device.runtime import DICOM, HOW_TO_GET, OPENJPEG, WASM, WEBGPU, RuntimeFile
from ui.device.served import BUNDLED, DESCRIPTION, Shop, worker
from ui.protocol.device import DeviceContent
from ui.protocol.sending import message

if TYPE_CHECKING:
    from evaluation.trust.profile import Profile
    from models.exporting.device_model import DeviceModel
    from ui.engine import Engine

_NO_RUNTIME = f"This host has not set it up: what browsers compute with is not there; {HOW_TO_GET}."
_NO_MODELS = (
    "This host has not set it up: none of this page's models has been written for devices with the weights that are in "
    "use; `python -m models export` writes them, and --device-models names the folder."
)


def device_content(shop: Shop, engine: "Engine") -> dict[str, Any]:
    """Return what the page is told, as JSON values; where something is missing, why.

    Args:
        shop: what the app gives out.
        engine: its models. Of the bundled exports only those are offered whose weights it uses.
    """
    if not shop.runtime:
        return _nothing(_NO_RUNTIME)
    try:
        profiles = engine.profiles().of
        active = {key: model.info.weights_sha256 for key, model in engine.models().items()}
        found = [exported(shop, key) for key in shop.graphs]
    except InputError as error:
        return _nothing(" ".join(str(error).split()))
    own = shop.folder != BUNDLED
    models = [model for model in found if own or active.get(model.key) == model.weights_sha256]
    return told(shop, models, profiles) if models else _nothing(_NO_MODELS)


def told(shop: Shop, models: "list[DeviceModel]", profiles: "Mapping[str, Profile | None]") -> dict[str, Any]:
    """Return the same of some of the models that a shop has, and the profiles of their weights by key."""
    from ui.device.assessing_tables import assessing_tables  # takes its time to import

    return message(
        DeviceContent,
        problem="",
        worker=worker().address,
        wasm=_runtime(shop, WASM),
        webgpu=_runtime(shop, WEBGPU),
        readers={"dicom": shop.runtime[DICOM.name].content(), "openjpeg": _runtime(shop, OPENJPEG)},
        models=[_model(shop, model, profiles.get(model.key)) for model in models],
        assessing=assessing_tables(),
    )


def exported(shop: Shop, key: str) -> "DeviceModel":
    """The description of a model that was written for devices.

    Raises:
        InputError: it is of another version of the program, or damaged.
    """
    from pydantic import ValidationError

    from models.exporting.device_model import DeviceModel  # imports PyTorch

    path = shop.folder / key / DESCRIPTION
    try:
        return DeviceModel.model_validate_json(path.read_bytes())
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputError(
            f"Expected {path.name} of {key} as `python -m models export` writes it, found another at {where}; export "
            "the model again."
        ) from error


def _nothing(problem: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"wasm": None, "webgpu": None, "readers": None, "models": [], "assessing": None}
    return message(DeviceContent, problem=problem, worker="", **empty)


def _runtime(shop: Shop, files: tuple[RuntimeFile, ...]) -> dict[str, Any]:
    script, wasm = (shop.runtime[file.name].content() for file in files)
    return {"script": script, "wasm": wasm}


def _model(shop: Shop, model: "DeviceModel", profile: "Profile | None") -> dict[str, Any]:
    fits = profile is not None and profile.weights_sha256 == model.weights_sha256
    known = profile if fits else None
    of = model.provenance
    return {
        "speaker": {
            "key": model.key,
            "label": model.label,
            "short": model.short,
            "shown_masks": find_model(model.key).supervision == "masks",
            "capabilities": model.capabilities,
            "origin": model.origin,
            "note": model.note,
            "facts": f"{model.id} · weights {model.weights_sha256[:8]} · ONNX Runtime Web on this device, stored as "
            f"{model.precision}",
            "weights": model.weights_sha256,
            "provenance": {
                "By": of.owner,
                "Licence": of.licence,
                "Trained on": of.trained_on,
                "A probability means": of.probabilities,
            },
            "head": model.head,
            "teacher": None,
        },
        "id": model.id,
        "graph": shop.graphs[model.key].content(),
        "precision": model.precision,
        "input": model.input.model_dump(),
        "outputs": [output.model_dump() for output in model.outputs],
        "predicted": model.predicted,
        "classifier": model.classifier and model.classifier.model_dump(),
        "check": model.check.model_dump(),
        "temperatures": known and [None if value != value else value for value in known.temperatures.tolist()],
        "reference": known and known.quality and known.quality.model_dump(mode="json"),
    }
