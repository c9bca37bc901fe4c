"""The small demonstration weights that come with the program, trained on simulated radiographs."""

from pathlib import Path


def embedded_path(key: str) -> Path:
    """Where the embedded weights of a model lie (float16 safetensors, their model card beside them)."""
    return Path(__file__).parent / f"{key}-demo.safetensors"
