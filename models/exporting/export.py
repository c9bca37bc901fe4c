"""Exporting models: a folder each, with the graph and what a device has to know of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import writable_folder, write_bytes
from models.capabilities import (
    ATTENTION,
    FEATURES,
    LOGITS,
    PATCH_LOGITS,
    POOLED_FEATURES,
    SEGMENTS,
    Exportable,
    Logits,
    PatchLogits,
    PooledFeatures,
)
from models.exporting.calibration import calibration_images
from models.exporting.device_model import (
    GRAPH,
    PREPROCESSING,
    Check,
    Classifier,
    DeviceModel,
    GraphFile,
    Input,
    Output,
    Ownership,
    Parity,
    Precision,
    write_description,
)
from models.exporting.graph import exportable, refuse_without_packages, traced
from models.exporting.images import check_image, phantoms
from models.exporting.parity import LIMITS, ROUNDED, measured
from models.exporting.quantizing import Quantized, quantized
from models.exporting.running import FloatArray, GraphRunner, as_inputs, image_logits
from models.exporting.storage import is_float16, stored_as_float16
from models.registry import find_model

if TYPE_CHECKING:
    import onnx

PARITY_IMAGES = 24

_CAPABILITIES = {
    "logits": LOGITS,
    "patch_logits": PATCH_LOGITS,
    "features": FEATURES,
    "attention": ATTENTION,
    "segments": SEGMENTS,
}


@dataclass(frozen=True)
class Shape:
    """What a graph takes: images of `side` pixels, or patches of `patch_size`, `patches` of which are one image."""

    side: int
    patch_size: int | None
    patches: int | None

    @classmethod
    def of(cls, model: Logits) -> "Shape":
        """As the model takes them."""
        if not isinstance(model, PatchLogits):
            return cls(model.input_size, None, None)
        return cls(model.input_size, model.patch_size, (model.input_size // model.patch_size) ** 2)

    @property
    def input(self) -> Input:
        """The same for a reader of the description."""
        if self.patch_size is None:
            return Input(name="images", side=self.side, patches_per_side=None)
        return Input(name="patches", side=self.side, patches_per_side=self.side // self.patch_size)


def export(model: Logits, folder: Path, precision: Precision, calibrate: Path | None = None) -> DeviceModel:
    """Write one model's graph and description, after comparing the graph with PyTorch on phantoms.

    Args:
        model: a loaded model; its network is moved to the CPU.
        folder: made where it is missing; files of an earlier export are replaced, the description last.
        precision: how weights are stored, and with int8 how the graph computes.
        calibrate: a folder of images for int8; phantoms where it is None.

    Raises:
        InputError: the model cannot be exported, or there is nothing to calibrate on, or the graph's logits are not
            PyTorch's; nothing is written then.
    """
    subject, shape = exportable(model), Shape.of(model)
    made, parity = _within_limit(subject, shape, precision, calibrate)
    run = GraphRunner(made.graph)
    content = made.graph.SerializeToString(deterministic=True)
    described = _description(subject, shape, precision, content, parity, run, made.float_layers)
    write_bytes(folder / GRAPH, content)
    write_description(folder, described)
    return described


def _within_limit(
    model: Exportable, shape: Shape, precision: Precision, calibrate: Path | None
) -> tuple[Quantized, Parity]:
    """The first graph that is near enough to PyTorch, and how near.

    Raises:
        InputError: none is; it speaks of the last one.
    """
    images = phantoms(shape.side, PARITY_IMAGES)
    refusal: InputError | None = None
    for made, limit in _graphs(model, shape, precision, calibrate):
        try:
            parity = measured(model, GraphRunner(made.graph), images, shape.patch_size, precision, limit)
        except InputError as error:
            refusal = error
        else:
            return made, parity
    assert refusal is not None
    raise refusal


def _graphs(
    model: Exportable, shape: Shape, precision: Precision, calibrate: Path | None
) -> Iterator[tuple[Quantized, float]]:
    """Graphs in the order in which they are wanted, and what their logits may differ by from PyTorch's."""
    images = calibration_images(shape.side, calibrate) if precision == "int8" else None
    graph, limit = _traced(model, shape, precision), LIMITS[precision]
    if images is not None:
        yield from ((made, limit) for made in quantized(graph, as_inputs(images, shape.patch_size)))
    elif precision == "float16":
        yield Quantized(stored_as_float16(graph), ()), limit if is_float16(graph) else ROUNDED
    else:
        yield Quantized(graph, ()), limit


def _traced(model: Exportable, shape: Shape, precision: Precision) -> "onnx.ModelProto":
    return traced(model, shape.patch_size or shape.side, shape.input.name, fused=precision != "float16")


def _description(
    model: Exportable,
    shape: Shape,
    precision: Precision,
    content: bytes,
    parity: Parity,
    run: GraphRunner,
    float_layers: tuple[str, ...],
) -> DeviceModel:
    info, entry = model.info, find_model(model.info.key)
    example = run(as_inputs(check_image(shape.side)[None], shape.patch_size))
    own = info.provenance
    return DeviceModel(
        key=info.key,
        label=entry.label,
        short=entry.short,
        words=entry.words,
        id=info.id,
        origin=info.origin,
        note=info.note,
        head=info.head,
        weights_sha256=info.weights_sha256,
        precision=precision,
        float_layers=list(float_layers),
        graph=GraphFile(name=GRAPH, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)),
        input=shape.input,
        outputs=[Output(name=name, shape=list(example[name].shape[1:])) for name in model.graph_outputs],
        findings=list(FINDINGS),
        predicted=info.architecture.predicted.tolist(),
        capabilities=_capabilities(model),
        classifier=_classifier(model),
        parity=parity,
        check=Check(image="two-lungs", logits=_numbers(image_logits(example, shape.patches)[0])),
        preprocessing=PREPROCESSING,
        provenance=Ownership(
            owner=own.owner, licence=own.licence, trained_on=own.trained_on, probabilities=own.probabilities
        ),
    )


def _capabilities(model: Exportable) -> list[str]:
    """What holds on a device: what the outputs give; a patch model's logits are the mean of theirs."""
    found = [LOGITS, *(_CAPABILITIES[name] for name in model.graph_outputs if name != "logits")]
    if isinstance(model, PooledFeatures):
        found.append(POOLED_FEATURES)
    return [capability.key for capability in found]


def _classifier(model: Exportable) -> Classifier | None:
    if not isinstance(model, PooledFeatures):
        return None
    return Classifier.of(model.classifier_weight, model.classifier_bias)


def _numbers(logits: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 6) for value in logits]


def refuse_what_cannot_be_written(out: Path) -> None:
    """See, before anything is computed, that graphs can be written, and there.

    Raises:
        InputError: a package is missing, or the place is a file or takes none.
    """
    refuse_without_packages()
    if out.exists() and not out.is_dir():
        raise InputError(f"Expected a folder for exports at {out}, found a file; name another place.")
    writable_folder(out)
