"""Parameters with which methods that take many passes take a handful, for tests that run all methods."""

from typing import Any

CHEAP: dict[str, dict[str, Any]] = {
    "occlusion": {"window": 48, "stride": 24},
    "rise": {"masks": 5, "cells": 3},
    "scorecam": {"channels": 3},
}


SETTINGS = {f"{method}.{name}": value for method, values in CHEAP.items() for name, value in values.items()}


def usual(method: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """A method's parameters in tests: cheap ones, and what a test chooses."""
    return {**CHEAP.get(method, {}), **(values or {})}
