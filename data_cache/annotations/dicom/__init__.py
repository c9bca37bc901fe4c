"""Regions in DICOM objects that refer to an image: segmentations, structured reports, presentation states."""

from data_cache.annotations.dicom.reading import read_dicom_object

__all__ = ["read_dicom_object"]
