"""`/healthz`: whether the app can explain something, and with which weights; for who watches or balances it."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from ui import VERSION

if TYPE_CHECKING:
    from ui.engine import Engine


class Health:
    """Tells of one app whether it is ready.

    Args:
        engine: the models.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def state(self) -> dict[str, Any]:
        """Return {status, version, models, problem}; it waits for nothing.

        The status is "ready", "loading" or "failed"; models are {key: {weights, origin, sha256, computed_by}}.
        """
        loading = self._engine.start()
        state: dict[str, Any] = {"status": "loading", "version": VERSION, "models": {}, "problem": ""}
        if not loading.done():
            return state
        error = loading.exception()
        if error is not None:
            return {**state, "status": "failed", "problem": " ".join(str(error).split())}
        models = {key: model.info for key, model in loading.result().items()}
        told = {
            key: {
                "weights": info.id,
                "origin": info.origin,
                "sha256": info.weights_sha256,
                "computed_by": info.backend,
            }
            for key, info in models.items()
        }
        return {**state, "status": "ready", "models": told}

    def answer(self, _: Request) -> JSONResponse:
        """200 when models are there, 503 before that and where they are missing."""
        state = self.state()
        return JSONResponse(state, 200 if state["status"] == "ready" else 503, {"Cache-Control": "no-store"})
