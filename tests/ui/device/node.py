"""The page's modules in one process of Node: all cases of a test go in at once, and all answers come back."""

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.ui.test_javascript import NODE, ROOT

DEVICE = ROOT / "ui" / "js" / "device"
_READING = """
import { readFileSync, writeFileSync } from "node:fs";
const arrays = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array, uint16: Uint16Array };
const given = JSON.parse(readFileSync(process.argv[1]), (_, value) => {
  if (!value?.dtype || !value.base64) return value;
  const bytes = new Uint8Array(Buffer.from(value.base64, "base64")); // `from` takes them one by one
  return new arrays[value.dtype](bytes.buffer);
});
const told = (_, value) => ArrayBuffer.isView(value)
  ? { dtype: value.constructor.name.replace("Array", "").toLowerCase(),
      base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
  : value;
const answer = (value) => writeFileSync(process.argv[2], JSON.stringify(value, told));
"""


def given(array: NDArray[Any]) -> dict[str, str]:
    """An array as a script gets it: a typed array, flat."""
    flat = np.ascontiguousarray(array)
    return {"dtype": flat.dtype.name, "base64": base64.b64encode(flat.tobytes()).decode() or "="}


def tensor(array: NDArray[Any]) -> dict[str, Any]:
    """The same with its shape."""
    return {"data": given(array), "shape": list(array.shape)}


def in_node(script: str, cases: Any, folder: Path) -> Any:
    """What a script answers.

    Args:
        script: a module; `given` is what it gets, `answer(value)` gives back; DEVICE/ is the address of the modules.
        cases: JSON values, arrays by `given`.
        folder: for what goes to and fro.

    Returns:
        JSON values with typed arrays as flat NumPy arrays.
    """
    to, back = folder / "given.json", folder / "answer.json"
    to.write_text(json.dumps(cases), "utf-8")
    text = _READING + script.replace("DEVICE/", f"{DEVICE.as_uri()}/")
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", text, str(to), str(back)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(back.read_text("utf-8"), object_hook=_array)


def _array(value: Mapping[str, Any]) -> Any:
    if value.keys() != {"dtype", "base64"}:
        return value
    return np.frombuffer(base64.b64decode(value["base64"]), value["dtype"])
