"""Networks that segment, ready to run."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit
from torch import nn

from data_cache.findings import FINDINGS
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_image
from models.backends.selection import select_backend
from models.capabilities import GraphOutput
from models.checkpoints import Checkpoint
from models.predictions import ModelInfo, Prediction, SegmentPrediction
from models.predictor import Predictor, check_images, model_info


class SegmentPredictor(Predictor):
    """A model that says of each pixel whether it shows a finding; see `capabilities.Segments`.

    Its backend's second output are the logits of the pixels, (n, outputs, h, w).
    """

    graph_outputs: tuple[GraphOutput, ...] = ("logits", "segments")

    def around(self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]) -> "SegmentPredictor":
        """As above."""
        return SegmentPredictor(info, run(module), module)

    def predict(self, image: FloatArray) -> SegmentPrediction:
        """Classify one image (s, s) and each of its pixels, s being `input_size`."""
        check_images(image[None], self.input_size)
        return self._predicted(image[None])[0]

    def predict_together(self, images: FloatArray) -> list[Prediction]:
        """As above, each with its pixels."""
        check_images(images, self.input_size)
        return [*self._predicted(images)]

    def segments(self, image: FloatArray) -> FloatArray:
        """Probabilities (14, h, w) of one image (s, s); NaN for findings that are not predicted."""
        return self.predict(image).segments

    def _predicted(self, images: FloatArray) -> list[SegmentPrediction]:
        logits, pixels = self._backend(np.ascontiguousarray(images, np.float32)[:, None])[:2]
        return [SegmentPrediction(*pair) for pair in zip(self._named(logits), map(self._maps, pixels), strict=True)]

    def _maps(self, pixel_logits: FloatArray) -> FloatArray:
        """Logits (outputs, h, w) -> probabilities (14, h, w)."""
        places = self._named(pixel_logits.reshape(len(pixel_logits), -1).T).T
        return expit(places).reshape(len(FINDINGS), *pixel_logits.shape[1:]).astype(np.float32, copy=False)


def run_segments(checkpoint: Checkpoint, backend: BackendName) -> SegmentPredictor:
    """Make a network ready to run that gives logits of an image and of its pixels."""
    module = checkpoint.build()
    selection = select_backend(module, probe_image(checkpoint.architecture.input_size)[None, None], backend)
    return SegmentPredictor(model_info(checkpoint, selection), selection.backend, module)
