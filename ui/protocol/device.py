"""What the page is told of computing on the visitor's own device: see ui/device."""

from typing import Literal

from ui.protocol.part import Part, Value
from ui.protocol.viewer import Speaker


class DeviceFile(Part):
    """A file that the device fetches once, and keeps under its hash."""

    name: str
    address: str
    """Below the page's root, or a whole address."""
    sha256: str
    bytes: int


class DeviceRuntime(Part):
    """ONNX Runtime Web for one kind of processor: its module and what that runs."""

    script: DeviceFile
    wasm: DeviceFile


class DeviceReaders(Part):
    """What reads DICOM: its headers, and JPEG 2000 in it."""

    dicom: DeviceFile
    openjpeg: DeviceRuntime


class DeviceInput(Part):
    """What a graph is given: whole images, or patches row by row."""

    name: Literal["images", "patches"]
    side: int
    """Pixels along a side of the whole image."""
    patches_per_side: int | None


class DeviceOutput(Part):
    """One output of a graph, its shape without the number of what is given."""

    name: str
    shape: list[int]


class DeviceClassifier(Part):
    """A linear last layer: weights (14, C) and biases (14), float32, base64."""

    weight: str
    bias: str


class DeviceCheck(Part):
    """What the model said, when it was written, of an image that a device can draw: see models/exporting/images.py."""

    image: Literal["two-lungs"]
    logits: list[float | None]


class OnDevice(Part):
    """A model that devices can compute."""

    speaker: Speaker
    id: str
    """Names model and weights, in exports and sentences."""
    graph: DeviceFile
    precision: str
    input: DeviceInput
    outputs: list[DeviceOutput]
    predicted: list[bool]
    classifier: DeviceClassifier | None
    check: DeviceCheck
    temperatures: list[float | None] | None
    """Of the profile of its weights; null where there is none."""
    reference: Value
    """What its training images look like, as js/device/assessing reads it; null where nobody noted it."""


class DeviceContent(Part):
    """With what visitors compute on their own device; null and empty where there is a problem."""

    protocol: str
    problem: str
    """Why there is nothing to compute with, and what the host can do."""
    worker: str
    """Address of the script that runs beside the page."""
    wasm: DeviceRuntime | None
    webgpu: DeviceRuntime | None
    readers: DeviceReaders | None
    models: list[OnDevice]
    assessing: Value
    """What images are assessed by: see ui/device/assessing_tables.py."""
