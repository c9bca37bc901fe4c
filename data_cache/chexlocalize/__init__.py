"""The CheXlocalize layout: label tables, radiologists' drawings, human benchmark, images."""

from data_cache.chexlocalize.root import CheXlocalize

__all__ = ["CheXlocalize"]
