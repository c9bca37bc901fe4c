"""Small DICOM files, made here."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

PATIENT = "SECRET^NAME"


def dicom_dataset(stored: np.ndarray, **tags: Any) -> FileDataset:
    """A single grey image with `stored` as its values; tags replace or add, None takes away."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = tags.pop("syntax", ExplicitVRLittleEndian)
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1.1")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    implicit, little = meta.TransferSyntaxUID == ImplicitVRLittleEndian, meta.TransferSyntaxUID != ExplicitVRBigEndian
    dataset = FileDataset(
        "", {}, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=implicit, is_little_endian=little
    )
    dataset.PatientName = PATIENT
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.BitsAllocated = stored.dtype.itemsize * 8
    dataset.BitsStored = tags.pop("BitsStored", dataset.BitsAllocated)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW" if stored.itemsize == 2 else "OB"
    with warnings.catch_warnings(action="ignore"):  # of values that the standard does not allow
        for name, value in tags.items():
            if value is None:
                delattr(dataset, name)
            else:
                setattr(dataset, name, value)
    return dataset


def dicom_bytes(dataset: FileDataset) -> bytes:
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def dicom_file(stored: np.ndarray, **tags: Any) -> bytes:
    """The bytes of `dicom_dataset`."""
    return dicom_bytes(dicom_dataset(stored, **tags))


def encapsulated(stored: np.ndarray, syntax: str, frame: bytes, **tags: Any) -> bytes:
    """A file whose pixels are one compressed frame."""
    dataset = dicom_dataset(stored, syntax=syntax, **tags)
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    return dicom_bytes(dataset)


def lookup_table(entries: list[int], first: int, bits: int) -> Dataset:
    """An item of a modality or VOI LUT sequence."""
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item.LUTData = entries
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item["LUTData"].VR = "US"
    return item


def complete_dicom(stored: np.ndarray, **tags: Any) -> FileDataset:
    """The same with whose it is and which image, so that results can refer to it."""
    known = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
        "SOPInstanceUID": "1.2.3.4.5",
        "SeriesInstanceUID": "1.2.3.4",
        "StudyInstanceUID": "1.2.3",
        "PatientName": PATIENT,
        "PatientID": "P-17",
        "PatientBirthDate": "19500228",
        "PatientSex": "F",
        "StudyDate": "20260131",
        "StudyTime": "101010",
        "StudyID": "7",
        "AccessionNumber": "A-1",
        "ReferringPhysicianName": "",
        "Modality": "DX",
        "PatientOrientation": ["L", "F"],
        "PixelSpacing": ["0.2", "0.5"],
    }
    return dicom_dataset(stored, **(known | tags))
