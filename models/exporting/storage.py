"""Weights stored as float16 in a graph that computes in float32: half of the bytes.

Weights that are float16 already, as those that come with the program, lose nothing.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

_SMALLEST = 16  # numbers; what is smaller stays as it is, since a cast costs more than it saves


def stored_as_float16(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """The same graph, with a cast to float32 behind each float32 weight that is stored as float16.

    A weight with finite numbers beyond float16 stays as it is.
    """
    import onnx
    from onnx import helper, numpy_helper

    made = onnx.ModelProto()
    made.CopyFrom(model)
    casts = []
    for weight in made.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < _SMALLEST or not np.array_equal(np.isfinite(half), np.isfinite(values)):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}.float16"))
        casts.append(helper.make_node("Cast", [weight.name], [name], name=f"{name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *made.graph.node]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    return made


def is_float16(model: "onnx.ModelProto") -> bool:
    """Whether every weight of a float32 graph that would be stored as float16 is such a number already."""
    import onnx
    from onnx import numpy_helper

    weights = (numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == onnx.TensorProto.FLOAT)
    with np.errstate(over="ignore"):
        return all(
            values.size < _SMALLEST or np.array_equal(values, values.astype(np.float16), equal_nan=True)
            for values in weights
        )
