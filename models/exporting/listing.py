"""What the command line says of an export, as one line of text."""

from models.exporting.device_model import DeviceModel


def line(model: DeviceModel) -> str:
    """Key and precision, outputs with their shapes, bytes, and how far it is from PyTorch."""
    outputs = ", ".join(f"{output.name} {'×'.join(map(str, output.shape))}" for output in model.outputs)
    parity = model.parity
    floats = f"; {len(model.float_layers)} layers left in float32" if model.float_layers else ""
    return (
        f"{model.key} ({model.precision}): {outputs}; {model.graph.bytes:,} bytes; logits of {parity.images} phantoms "
        f"within {parity.logit:g} of PyTorch, {parity.limit:g} being allowed ({parity.finding} differs most){floats}"
    )
