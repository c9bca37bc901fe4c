"""The device's modules in one file, as pages and workers load them."""

import subprocess
from pathlib import Path

import pytest

from tests.ui.test_javascript import NODE, ROOT
from ui.bundle import bundle

ENTRIES = [f"js/device/{name}.js" for name in ("explaining/explain", "assessing/assess", "exporting/printing")]


@pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
def test_modules_of_a_device_can_be_bundled_and_need_no_page(tmp_path: Path) -> None:
    (tmp_path / "bundled.mjs").write_text(bundle(ROOT / "ui", ENTRIES), "utf-8")
    script = f"""
const {{ load }} = await import({(tmp_path / "bundled.mjs").as_uri()!r});
console.log({ENTRIES!r}.flatMap((name) => Object.keys(load(name))).join());
"""
    command = [str(NODE), "--input-type=module", "-e", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip().split(",") == ["explain", "filmOf", "assess", "assessmentsOf", "reportPage", "printReport"]
