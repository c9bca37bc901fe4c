"""What a function says of a call to whoever answers it over HTTP."""

from dataclasses import dataclass

from gradio.context import LocalContext

SAID = "explorer.said"  # where the gate writes it in a request's scope


@dataclass
class Said:
    """`wrong`: the call was refused for what it asks, so that the error is the caller's and not the app's."""

    wrong: bool = False


def say_wrong() -> None:
    """Say that the request that this thread works on asks for what cannot be."""
    request = getattr(LocalContext.request.get(None), "request", None)
    said = getattr(request, "scope", {}).get(SAID)
    if isinstance(said, Said):
        said.wrong = True
