"""The small demonstration weights that come with the program, trained on synthetic phantoms."""

from pathlib import Path

from models.architecture import ModelKind


def embedded_path(kind: ModelKind) -> Path:
    """Where the embedded weights of a kind lie (float16 safetensors, their model card beside them)."""
    return Path(__file__).parent / f"{kind}-demo.safetensors"
