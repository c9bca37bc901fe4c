"""Regions that people drew on a radiograph, read from the files of annotation tools and written as such files."""

from data_cache.annotations.annotation import Annotation, Place
from data_cache.annotations.reading import AnnotationFile, read_annotations
from data_cache.annotations.writing import write_chexlocalize, write_coco

__all__ = ["Annotation", "AnnotationFile", "Place", "read_annotations", "write_chexlocalize", "write_coco"]
