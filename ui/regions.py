"""Where the blocks of a model look, as the page draws it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from data_cache.geometry import Geometry

if TYPE_CHECKING:
    from models.predictions import Region


def region_content(regions: "Iterable[Region]", input_size: int, view: Geometry) -> list[dict[str, Any]]:
    """Return each block's box in view coordinates, and in whole pixels of the radiograph.

    Args:
        regions: of an image of `input_size` pixels a side, which shows the same square as the view.
        input_size: of the model.
        view: leads from the view to the radiograph.
    """
    scale = view.input_size / input_size
    return [
        {
            "block": region.block,
            "box": [round(scale * value, 2) for value in region.box],
            "pixels": np.rint(view.points_to_original(scale * np.reshape(region.box, (2, 2))))
            .astype(int)
            .ravel()
            .tolist(),
        }
        for region in regions
    ]
