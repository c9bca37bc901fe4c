"""What visitors' own devices compute with, as files of a site: the runtime, the models, and what runs them."""

from typing import Any

from ui.device.content import device_content
from ui.device.served import Shop, worker
from ui.engine import Engine
from ui.protocol.device import DeviceContent
from ui.protocol.sending import message
from ui.settings import Settings
from ui.static.files import DEVICE, Files

_WORTH_IT = 8_000_000  # bytes of models from which browsers take the larger runtime: js/device/engine.js


def device_told(engine: Engine, settings: Settings) -> dict[str, Any]:
    """Return what a site's page is told of computing on devices; its `problem` says why they cannot, where they cannot.

    The runtime of graphics processors is left out where the models are too small for it.
    """
    told = device_content(Shop(settings), engine)
    large = sum(model["graph"]["bytes"] for model in told["models"]) >= _WORTH_IT
    return told if large else message(DeviceContent, **{**told, "webgpu": None})


def write_device(files: Files, told: dict[str, Any], settings: Settings) -> str:
    """Write all that it names; returns its own address.

    Args:
        files: of the site.
        told: what `device_told` returns, without a problem.
        settings: that it was told with.
    """
    shop = Shop(settings)
    lying = {one.address: one.path for one in (*shop.runtime.values(), *shop.graphs.values())}

    def placed(value: Any, key: str = "") -> Any:
        """The same value with addresses of files of the site."""
        if key == "worker":
            return files.write(worker().content, ".js", DEVICE)
        if key == "address":
            return files.write(lying[value].read_bytes(), lying[value].suffix, DEVICE)
        if isinstance(value, dict):
            return {name: placed(one, name) for name, one in value.items()}
        return [placed(one) for one in value] if isinstance(value, list) else value

    return files.value(message(DeviceContent, **placed(told)))
