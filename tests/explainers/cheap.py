"""Parameters with which the methods that take many passes of their own take a handful, for tests that run all methods."""

from typing import Any

CHEAP: dict[str, dict[str, Any]] = {
    "occlusion": {"window": 48, "stride": 24},
    "rise": {"masks": 5, "cells": 3},
    "scorecam": {"channels": 3},
}


def usual(method: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """A method's parameters in tests: cheap ones, and what a test chooses."""
    return {**CHEAP.get(method, {}), **(values or {})}
