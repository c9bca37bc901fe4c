"""Graphs in whole numbers run as they are written, whatever the processor has."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.exporting.running import GraphRunner

STEP = 2000.0  # of the output: the largest sum, 255 · 127 · 9, is 146 of them


def graph(weight: np.ndarray) -> onnx.ModelProto:
    """A 3×3 convolution of bytes with signed bytes, between the pairs of nodes that ONNX Runtime joins to one."""

    def constant(name: str, value: np.ndarray) -> onnx.TensorProto:
        return numpy_helper.from_array(value, name)

    def pair(source: str, scale: str) -> list[onnx.NodeProto]:
        stored = helper.make_node("QuantizeLinear", [source, scale, "zero"], [f"{source}_bytes"])
        return [stored, helper.make_node("DequantizeLinear", [f"{source}_bytes", scale, "zero"], [f"{source}_read"])]

    nodes = [
        *pair("image", "one"),
        helper.make_node("DequantizeLinear", ["weight", "one", "signed_zero"], ["weight_read"]),
        helper.make_node("Conv", ["image_read", "weight_read"], ["sum"]),
        *pair("sum", "step"),
        helper.make_node("Identity", ["sum_read"], ["logits"]),
    ]
    values = [
        constant("one", np.array(1, np.float32)),
        constant("step", np.array(STEP, np.float32)),
        constant("zero", np.array(0, np.uint8)),
        constant("signed_zero", np.array(0, np.int8)),
        constant("weight", weight),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(weight), 6, 6])
    made = helper.make_graph(nodes, "whole numbers", [image], [logits], values)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("value", [1, 64, 127])
def test_products_of_bytes_are_added_without_a_limit(value: int) -> None:
    """By a pencil: nine products of 255 and the weight. Two of them are more than 16 bits hold."""
    weight = np.full((8, 1, 3, 3), value, np.int8)
    found = GraphRunner(graph(weight))(np.full((2, 8, 8), 255, np.float32))["logits"]

    assert (found == np.rint(9 * 255 * value / STEP) * STEP).all()
