"""Parameters with which methods that take many passes take a handful, for tests that run all methods."""

from typing import Any

CHEAP: dict[str, dict[str, Any]] = {
    "occlusion": {"window": 48, "stride": 48},
    "rise": {"masks": 5, "cells": 3},
    "scorecam": {"channels": 3},
    "integrated": {"steps": 2},
    "smoothgrad": {"samples": 2, "steps": 2},
    "gradientshap": {"samples": 2},
}


def usual(method: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """A method's parameters in tests: cheap ones, and what a test chooses."""
    return {**CHEAP.get(method, {}), **(values or {})}
