"""Reading radiographs that strangers send, and the official preprocessing."""

from data_cache.images.preprocessing import preprocess
from data_cache.images.radiograph import Radiograph, check_pixels
from data_cache.images.reading import read_radiograph

__all__ = ["Radiograph", "check_pixels", "preprocess", "read_radiograph"]
