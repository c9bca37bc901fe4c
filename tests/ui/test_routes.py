import pytest

from ui.routes import OTHER, route_of


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/config/", "/config"),
        ("/gradio_api/queue/join", "/gradio_api/queue/join"),
        ("/gradio_api/file=/tmp/Miller/chest.png", "/gradio_api/file"),
        ("/gradio_api/heartbeat/abc123", "/gradio_api/heartbeat"),
        ("/gradio_api/run/explain", "/gradio_api/run"),
        ("/assets/index-1.js", "/assets"),
        ("/Miller", OTHER),
        ("/gradio_api/upload/Miller", OTHER),
        ("", "/"),
    ],
)
def test_a_route_is_one_of_a_few_words(path: str, route: str) -> None:
    assert route_of(path) == route
