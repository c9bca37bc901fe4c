"""The golden models come from the explainers' tests."""

from tests.explainers.conftest import golden_models

__all__ = ["golden_models"]
