"""The small demonstration weights that come with the program, trained on simulated radiographs."""

from pathlib import Path

_HERE = Path(__file__).parent


def embedded_path(key: str) -> Path:
    """Where the embedded weights of a model lie (float16 safetensors, their model card beside them)."""
    return _HERE / f"{key}-demo.safetensors"


def device_folder(key: str) -> Path:
    """Where the same weights lie for the visitor's own device, if they do: model.onnx and model.json."""
    return _HERE / "device" / key
