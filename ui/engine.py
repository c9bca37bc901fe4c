"""The models of one running app: loaded once, beside the page, and shared by everybody who looks at it."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, cast

from ui.settings import Settings

if TYPE_CHECKING:
    from models.backends.base import BackendName
    from models.predictor import CnnPredictor, PatchPredictor


class Models(NamedTuple):
    """Both models, ready to run; they may be used from several threads."""

    patchnet: "PatchPredictor"
    cnn: "CnnPredictor"


class Engine:
    """Loads both models in the background, so that the page answers before PyTorch has been imported."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        pool = ThreadPoolExecutor(1, thread_name_prefix="models")
        self._loading = pool.submit(self._load)
        pool.shutdown(wait=False)

    def models(self) -> Models:
        """Return the models as soon as they are loaded.

        Raises:
            InputError: the weights are not there or do not fit, or the backend cannot run here.
        """
        return self._loading.result()

    def _load(self) -> Models:
        from models.predictor import load_predictor

        settings = self._settings
        backend = cast("BackendName", settings.backend)  # a wrong name is an input error there
        return Models(
            load_predictor(settings.patchnet, "medicalpatchnet", backend),
            load_predictor(settings.cnn, "cnn", backend),
        )
