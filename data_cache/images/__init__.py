"""Reading radiographs that strangers send, and the official preprocessing."""

from data_cache.images.cost import reading_bytes
from data_cache.images.preprocessing import preprocess
from data_cache.images.radiograph import Radiograph, check_pixels
from data_cache.images.reading import image_size, read_radiograph

__all__ = ["Radiograph", "check_pixels", "image_size", "preprocess", "read_radiograph", "reading_bytes"]
