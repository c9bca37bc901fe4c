"""Whether a network has ReLUs and max pooling alone between its linear layers: measured, not believed.

DeepLIFT, layer-wise relevance propagation and guided backpropagation have rules for these and for nothing else. A
network with SiLU, GELU, attention or a gate that multiplies activations (squeeze-and-excitation) would give them maps
that look right and mean nothing.

What follows from a layer is changed for one pass and one thread by intercepting PyTorch's functions, so that it does
not matter whether a ReLU is a module, a function, or a module used twice, and nothing is changed on the network.
"""

import copy
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  everybody calls it so
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_ROLES: Mapping[Callable[..., Any], str] = MappingProxyType(
    {
        F.relu: "relu",
        torch.relu: "relu",
        torch.relu_: "relu",
        torch.Tensor.relu: "relu",
        torch.Tensor.relu_: "relu",
        F.max_pool2d: "max_pool2d",
        torch.max_pool2d: "max_pool2d",
        F.conv2d: "conv2d",
        F.linear: "linear",
        F.batch_norm: "batch_norm",
    }
)
_WITH_RULES = ("relu", "max_pool2d_with_indices")
_LINEAR = (
    *("convolution", "addmm", "mm", "native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm"),
    *("avg_pool2d", "_adaptive_avg_pool2d", "mean", "sum", "add", "sub", "neg", "mul", "div", "cat", "split"),
    *("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "upsample_nearest2d", "upsample_bilinear2d"),
    *("view", "_unsafe_view", "alias", "permute", "t", "transpose", "expand"),
    *("slice", "select", "unsqueeze", "squeeze", "clone", "copy", "detach", "_to_copy", "empty_like"),
    *("unbind", "split_with_sizes", "stack", "roll", "as_strided"),
)
_SUMS = (
    "add",
    "sub",
    "cat",
    "stack",
    "copy",
)  # linear in several activations at once; of the others, one alone may be one
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "silu": "SiLU",
        "gelu": "GELU",
        "mish": "Mish",
        "elu": "ELU",
        "softplus": "softplus",
        "leaky_relu": "leaky ReLU",
        "_prelu_kernel": "PReLU",
        "hardtanh": "an activation with a ceiling, such as ReLU6",
        "clamp": "clamping",
        "clamp_min": "clamping",
        "tanh": "tanh",
        "sigmoid": "sigmoid",
        "hardsigmoid": "hard sigmoid",
        "hardswish": "hard swish",
        "_softmax": "softmax",
        "_safe_softmax": "softmax",
        "native_layer_norm": "LayerNorm",
        "native_group_norm": "GroupNorm",
        "rsqrt": "normalising by the activations' own spread",
        "linalg_vector_norm": "normalising by the activations' own length",
        "bmm": "attention (products of activations)",
        "addcmul": "products of activations",
    }
)
# Of these the result has the shape of what is given. PyTorch works shapes out in Python, slowly, for some of them.
_NORMS = ("native_batch_norm", "native_layer_norm")
_POINTWISE = ("silu", "gelu", "sigmoid", "tanh")
_OF_TWO = ("add", "sub", "mul")
_ATTENTION = "_scaled_dot_product"  # how the names of PyTorch's several forms of it begin


class Replaced(TorchFunctionMode):
    """Within `with`, some of PyTorch's functions are others, in this thread alone.

    Args:
        others: by name, "relu", "max_pool2d", "conv2d", "linear" or "batch_norm", however it is called.
    """

    def __init__(self, **others: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self._others = others

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self._others.get(_ROLES.get(func, ""), func)(*args, **(kwargs or {}))


def is_rectified(module: nn.Module, input_size: int) -> bool:
    """Whether ReLUs and max pooling are all that is not linear in a network."""
    return not hindrance(module, input_size)


def hindrance(module: nn.Module, input_size: int) -> str:
    """What is not linear in a network and has no rule, see `why_not_rectified`; asked of each network once."""
    if module not in _known:
        _known[module] = why_not_rectified(module, input_size)
    return _known[module]


def why_not_rectified(module: nn.Module, input_size: int) -> str:
    """Follow one image of no content through a network, without computing anything.

    Args:
        module: takes (1, 1, s, s), in eval mode; not changed.
        input_size: s.

    Returns:
        What is not linear in it and has no rule, in words such as "SiLU and softmax", in the order of the network;
        empty where nothing is.
    """
    memo: dict[int, Any] = {id(one): _without_content(one) for one in (*module.parameters(), *module.buffers())}
    try:
        twin, watching, seen = copy.deepcopy(module, memo), _Watching(), _Counting()
        image = torch.empty(1, 1, input_size, input_size, device="meta")
        with torch.no_grad(), watching.on(image), seen:
            twin(image)
    except Exception:
        return "layers that cannot be followed"
    if not watching.without_rule and watching.ruled != seen.count:
        return "activations inside other functions"
    *first, last = watching.without_rule or ("",)
    return f"{', '.join(first)} and {last}" if first else last


_known: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()


def _without_content(tensor: torch.Tensor) -> torch.Tensor:
    empty = torch.empty_like(tensor, device="meta")
    return nn.Parameter(empty, requires_grad=False) if isinstance(tensor, nn.Parameter) else empty


class _Counting(Replaced):
    """Counts the ReLUs and poolings that can be replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += _ROLES.get(func) in ("relu", "max_pool2d")
        return func(*args, **(kwargs or {}))


class _Watching(TorchDispatchMode):
    """Follows what depends on the image, and notes what is neither linear nor has a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.ruled = 0
        self.without_rule: list[str] = []  # in words, each once
        self._activations: dict[int, torch.Tensor] = {}  # kept, so that no other tensor gets the id

    def on(self, image: torch.Tensor) -> "_Watching":
        self._activations[id(image)] = image
        return self

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [one for one in torch.utils._pytree.tree_leaves((args, kwargs)) if id(one) in self._activations]
        if given:
            self._check(func.overloadpacket.__name__.rstrip("_"), given)
            if func.overloadpacket.__name__ == "div" and id(args[1]) in self._activations:
                self._note("a division by an activation")
        result = _followed(func, args, kwargs or {})
        if given:
            for one in torch.utils._pytree.tree_leaves(result):
                self._activations[id(one)] = one
        return result

    def _check(self, name: str, activations: list[torch.Tensor]) -> None:
        if name in _WITH_RULES:
            self.ruled += 1
        elif name.startswith(_ATTENTION):
            self._note("attention")
        elif name not in _LINEAR:
            self._note(_WORDS.get(name, f"what PyTorch calls {name.strip('_')}"))
        elif len(activations) > 1 and name not in _SUMS:
            of_channels = any(one.shape[-2:] == (1, 1) for one in activations)
            self._note("gates such as squeeze-and-excitation" if of_channels else "products of activations")

    def _note(self, words: str) -> None:
        if words not in self.without_rule:
            self.without_rule.append(words)


def _followed(func: Any, args: Any, kwargs: Any) -> Any:
    """What an operation gives of tensors without content."""
    name = func.overloadpacket.__name__
    if name in _NORMS:
        return torch.empty_like(args[0]), args[0].new_empty(0), args[0].new_empty(0)
    if name.rstrip("_") in _POINTWISE or (name.rstrip("_") in _OF_TWO and _alike(*args[:2])):
        return args[0] if name.endswith("_") else torch.empty_like(args[0])
    if name == "addmm":
        return args[1].new_empty(len(args[1]), args[2].shape[1])
    return func(*args, **kwargs)


def _alike(one: Any, other: Any) -> bool:
    """Whether these are tensors of one shape and type."""
    both = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    return both and one.shape == other.shape and one.dtype == other.dtype
