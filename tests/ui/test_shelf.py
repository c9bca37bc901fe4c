"""Arrays on the shelf: whatever way they are packed, the browser's module reads what was laid out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ui.shelf import Shelf

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
NOISE = np.random.default_rng(0).integers(0, 256, (90, 70), np.uint8)
MASK = np.zeros(9000, np.uint8)
MASK[4000:5000] = 255


@pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
def test_arrays_arrive_in_the_browser_as_they_are(tmp_path: Path) -> None:
    arrays = [MASK, NOISE, NOISE.ravel(), NOISE[:5], NOISE.astype(np.uint16), np.float32([[1.5, np.nan]])]
    laid = [Shelf(str(tmp_path))(array) for array in arrays]
    endings = [one["file"]["url"].rpartition(".")[2] for one in laid]
    assert endings == ["z", "tile", "bin", "bin", "bin", "bin"]
    assert Path(laid[0]["file"]["url"].partition("=")[2]).stat().st_size < len(MASK) / 50
    script = f"""
        import {{ readFileSync }} from "node:fs";
        const {{ fetchArray }} = await import("{ROOT}/ui/js/arrays.js");
        globalThis.fetch = async (url) => new Response(readFileSync(url.split("=")[1]));
        const got = await Promise.all({json.dumps(laid)}.map(fetchArray));
        console.log(JSON.stringify(got.map((array) => [array.constructor.name.toLowerCase(), [...array]])));
    """
    command = [str(NODE), "--no-warnings", "--input-type=module"]
    done = subprocess.run(command, input=script, text=True, capture_output=True, check=True)
    for (kind, values), array in zip(json.loads(done.stdout), arrays, strict=True):
        assert kind == f"{array.dtype.name}array"
        np.testing.assert_array_equal(np.array(values, float).ravel(), array.astype(float).ravel())
