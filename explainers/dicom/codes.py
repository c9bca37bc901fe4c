"""Coded words of the objects. Findings are SNOMED CT's where DICOM's own tables (PS3.16) have that very concept."""

from typing import TYPE_CHECKING

from pydicom import Dataset

from data_cache.findings import plain
from explainers.dicom.results import PROGRAM

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

_SNOMED = {
    "Pleural Effusion": "PleuralEffusion",
    "Pneumothorax": "Pneumothorax",
    "Cardiomegaly": "Cardiomegaly",
    "Edema": "PulmonaryEdema",
}
_PRIVATE = "99MPNEXPLORER"  # private coding schemes begin with 99


def finding_code(finding: str) -> "CodedConcept":
    """The code of a finding; in the private scheme, which means CheXpert's label, where there is no other."""
    from highdicom.sr import CodedConcept
    from pydicom.sr.codedict import codes

    if finding in _SNOMED:
        return CodedConcept.from_code(getattr(codes.SCT, _SNOMED[finding]))
    return private_code(finding)


def private_code(meaning: str) -> "CodedConcept":
    """A code of this program's own."""
    from highdicom.sr import CodedConcept

    return CodedConcept(plain(meaning).upper()[:16], _PRIVATE, meaning[:64])


def coding_scheme() -> Dataset:
    """What an object says of the private scheme."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = _PRIVATE
    scheme.CodingSchemeName = "CheXpert's findings and this program's scores"
    scheme.CodingSchemeResponsibleOrganization = PROGRAM
    return scheme
