"""What the tabs with charts need from this server: plotly's bundle, which its Python package brings, and a style."""

from importlib.util import find_spec
from pathlib import Path

from ui.viewer import FOLDER

STYLE = FOLDER / "charts.css"


def plotly_bundle() -> Path:
    """Where plotly.min.js lies; plotly itself, which is slow to import, is not."""
    found = find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("plotly is not installed: pip install -r requirements.txt")
    return Path(found.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
