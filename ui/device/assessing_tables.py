"""What the page needs to assess an image on the visitor's own device: limits, means and sentences of `evaluation`."""

import base64
from functools import cache
from typing import Any

import numpy as np

from data_cache.bundled_films import SAME
from data_cache.bundled_films import known_films as bundled
from evaluation.assessment.assess import FEW_PIXELS, FLAGS_OF_POSE, LEAST_SIDE, REMEDIES
from evaluation.assessment.chest import MIRRORED, OTHERWISE, STRAIGHT, UPRIGHT, known_films, whose
from evaluation.assessment.verdict import TITLES
from evaluation.assessment.words import TURNED, WORDS
from evaluation.trust.pose import encode_template
from evaluation.trust.quality import FLOORS, MEASURES, SENTENCES, WHOSE


@cache
def assessing_tables() -> dict[str, Any]:
    """Return JSON values as js/device/assessing/types.d.ts has them, about 150 kB."""
    return {
        "chest": {
            "template": encode_template(known_films()[2]),
            "whose": whose(),
            "upright": UPRIGHT,
            "otherwise": OTHERWISE,
            "mirrored": MIRRORED,
            "straight": STRAIGHT,
        },
        "least_side": LEAST_SIDE,
        "few_pixels": FEW_PIXELS,
        "titles": dict(TITLES),
        "words": dict(WORDS),
        "turned": {str(quarters): words for quarters, words in TURNED.items()},
        "quality": {
            "whose": {"simulated": WHOSE[True], "real": WHOSE[False]},
            "flags_of_pose": list(FLAGS_OF_POSE),
            "remedies": dict(REMEDIES),
            "measures": {name: {"low": one.low, "high": one.high} for name, one in MEASURES.items()},
            "floors": dict(FLOORS),
            "sentences": dict(SENTENCES),
        },
        "phantoms": {"films": _signed_bytes(), "same": SAME},
    }


def _signed_bytes() -> str:
    """The bundled films' vectors, each from −127 to 127: the likeness of two changes by 0.001 at most."""
    films = bundled()
    scaled = films / np.abs(films).max(axis=1, keepdims=True)
    return base64.b64encode(np.round(scaled * 127).astype(np.int8).tobytes()).decode()
