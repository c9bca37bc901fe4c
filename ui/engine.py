"""The models of one running app: loaded once, beside the page, and shared by everybody who looks at it."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, cast

from models.capabilities import Logits
from ui.profiles import Profiles, load_profiles
from ui.settings import Settings

if TYPE_CHECKING:
    from models.backends.base import BackendName

Models = Mapping[str, Logits]  # ready to run, by key, in the registry's order; may be used from several threads


class Engine:
    """Loads the models once: in the background after `start`, or when somebody first asks for them.

    Attributes:
        keys: the models that it loads, in the registry's order.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.keys = settings.keys
        self._loading: Future[Models] | None = None
        self._known: tuple[Models, Profiles] | None = None
        self._lock = Lock()

    def start(self) -> "Future[Models]":
        """Begin to load the models, if nobody has yet; the page answers before PyTorch has been imported."""
        with self._lock:
            if self._loading is None:
                pool = ThreadPoolExecutor(1, thread_name_prefix="models")
                self._loading = pool.submit(self._load)
                pool.shutdown(wait=False)
            return self._loading

    def models(self) -> Models:
        """Return the models by key, in the registry's order, waiting until they are loaded.

        Raises:
            InputError: the weights are not there or do not fit, or the backend cannot run here.
        """
        return self.start().result()

    def profiles(self) -> Profiles:
        """Return what is known about the models' outputs, waiting as `models` does; read anew with other weights."""
        models = self.models()
        if self._known is None or self._known[0] is not models:
            self._known = models, load_profiles(self._settings, models)
        return self._known[1]

    def _load(self) -> Models:
        from models.predictor import load_predictor

        settings = self._settings
        backend = cast("BackendName", settings.backend)  # a wrong name is an input error there
        return {key: load_predictor(settings.models[key], key, backend) for key in self.keys}

    def reload(self) -> None:
        """Load the weights anew while the old ones go on speaking, and let the new ones take over.

        Raises:
            InputError: the new weights cannot be used; the old ones stay.
        """
        loaded: Future[Models] = Future()
        loaded.set_result(self._load())
        with self._lock:
            self._loading = loaded
