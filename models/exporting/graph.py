"""A network as an ONNX graph: inputs and outputs named by what they are, in the order of the findings."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from data_cache.errors import InputError
from models.capabilities import Exportable, GraphOutput, Logits
from models.exporting.quiet import quiet

if TYPE_CHECKING:
    import onnx

OPSET = 18
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
_PROBES = 2  # images that the exporter follows; one would be taken for a fixed number
_FREE = "n"


def refuse_without_packages() -> None:
    """Say what is missing before anything is computed.

    Raises:
        InputError: a package is not installed that writes graphs or runs them.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(
            f"Expected the packages {', '.join(PACKAGES)}, which write models for a device and check them, found no "
            f"{' and no '.join(missing)}: pip install -r requirements-onnx.txt."
        )


def exportable(model: Logits) -> Exportable:
    """The model, if it says what a graph of its network gives.

    Raises:
        InputError: it has no PyTorch network, or does not say it.
    """
    if not isinstance(model, Exportable):
        raise InputError(
            f"Expected a model with a PyTorch network whose outputs are named, found {model.info.key}, which has none; "
            "export another model."
        )
    return model


class DeviceNetwork(nn.Module):
    """A model's network with the outputs that it names, those by finding in CheXpert's order.

    Logits and segments have 14 findings, NaN where a finding is not predicted, and so has attention unless one map
    stands for all of them; segments are probabilities.

    Args:
        model: whose network this is; parameters are shared.
    """

    def __init__(self, model: Exportable) -> None:
        super().__init__()
        self.network: nn.Module = model.module.get_submodule(model.graph_module)
        self.names = model.graph_outputs
        outputs = model.info.architecture.output_of
        self._in_order = outputs == tuple(range(len(outputs)))
        missing = len(model.info.architecture.findings)
        places = [missing if output is None else output for output in outputs]
        self.register_buffer("_places", torch.tensor(places), persistent=False)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images or patches (n, 1, s, s) -> outputs in the order of `names`."""
        outputs = self.network(images)
        given = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
        return tuple(self._named(name, output) for name, output in zip(self.names, given, strict=False))

    def _named(self, name: GraphOutput, output: torch.Tensor) -> torch.Tensor:
        if name == "features" or (name == "attention" and output.shape[1] == 1):
            return output
        return self._by_finding(output.sigmoid() if name == "segments" else output)

    def _by_finding(self, outputs: torch.Tensor) -> torch.Tensor:
        if self._in_order:
            return outputs
        missing = torch.full_like(outputs[:, :1], torch.nan)
        return torch.cat((outputs, missing), dim=1).index_select(1, self._places)


def traced(model: Exportable, side: int, input_name: str, fused: bool) -> "onnx.ModelProto":
    """Follow a model's network and write it down, without names of files or anything else of this machine.

    Args:
        model: in eval mode, on any device; moved to the CPU.
        side: of the images or patches that it takes.
        input_name: "images" or "patches".
        fused: whether batch norms are multiplied into the convolutions before them. Without, the weights are those of
            the network, number by number, and whoever runs the graph does it.

    Raises:
        InputError: PyTorch cannot write this network as a graph.
    """
    refuse_without_packages()
    network = DeviceNetwork(model).cpu().eval()
    try:
        with quiet(), torch.no_grad():
            program = torch.onnx.export(
                network,
                (torch.rand(_PROBES, 1, side, side, generator=torch.Generator().manual_seed(0)),),
                dynamo=True,
                opset_version=OPSET,
                input_names=[input_name],
                output_names=list(network.names),
                dynamic_shapes=({0: torch.export.Dim(_FREE)},),
                optimize=fused,
                verbose=False,
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
        first = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise InputError(
            f"Expected a network that PyTorch can write as an ONNX graph, found that it cannot for "
            f"{model.info.architecture.words} ({first[:200]}); export another model."
        ) from error
    assert program is not None
    return _anonymous(program.model if fused else _folded(program.model))


def _folded(model: Any) -> Any:
    """Shapes and constants worked out, so that whoever loads the graph need not; weights stay as they are."""
    from onnxscript import optimizer

    optimizer.fold_constants(model)
    optimizer.remove_unused_nodes(model)
    return model


def _anonymous(model: Any) -> "onnx.ModelProto":
    """The graph without what the exporter notes of where each node comes from: paths, source lines, class names."""
    import onnx_ir

    proto: onnx.ModelProto = onnx_ir.serde.serialize_model(model)
    del proto.metadata_props[:], proto.functions[:]
    proto.doc_string, proto.producer_name, proto.producer_version, proto.graph.name = "", "", "", "network"
    del proto.graph.metadata_props[:], proto.graph.value_info[:]
    proto.graph.doc_string = ""
    for part in (*proto.graph.node, *proto.graph.initializer, *proto.graph.input, *proto.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    return proto
