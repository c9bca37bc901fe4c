"""What a map marks as a segmentation, a segment a finding, in the source's own pixel matrix."""

import json

import numpy as np
from highdicom import UID, AlgorithmIdentificationSequence
from highdicom.seg import Segmentation, SegmentDescription
from pydicom import Dataset
from pydicom.sr.codedict import codes

from explainers.dicom.codes import coding_scheme, finding_code
from explainers.dicom.common import describe, maker, short
from explainers.dicom.results import PROGRAM, WARNING, Layer, Marked, Results, Spoken

_LONGEST = 1024


def segmentation(results: Results, layer: Layer, place: tuple[str, int], fractional: bool) -> Dataset:
    """Return one map's regions.

    Args:
        results: what all is about.
        layer: the map; it marks something.
        place: the series and the number in it.
        fractional: a map's strength (FRACTIONAL, PROBABILITY in DICOM's words, though it is none) instead of its
            region (BINARY).
    """
    series, number = place
    spoken = results.models[layer.model]
    planes = [one.strength if fractional and one.strength is not None else one.mask for one in layer.marked]
    made = Segmentation(
        source_images=[_without_spacing(results.source.header)],
        pixel_array=np.stack(planes, axis=-1)[None],
        segmentation_type="FRACTIONAL" if fractional else "BINARY",
        segment_descriptions=[_description(one, at, layer, spoken) for at, one in enumerate(layer.marked, 1)],
        series_instance_uid=series,
        sop_instance_uid=UID(),
        instance_number=number,
        manufacturer_model_name=PROGRAM,
        software_versions="1",
        device_serial_number="1",
        content_description=short(f"{spoken.state}. {WARNING} {layer.label}"),
        content_label="EXPLANATION",
        **maker("SEG"),
    )
    describe(made, layer.label)
    made.PatientOrientation = results.source.header.get("PatientOrientation", "")
    made.CodingSchemeIdentificationSequence = [coding_scheme()]
    for item, one in zip(made.SegmentSequence, layer.marked, strict=True):
        item.SegmentDescription = _words(one, layer, spoken)
    return made


def _without_spacing(header: Dataset) -> Dataset:
    """Pixels are counted: of a spacing without a slice's thickness highdicom writes a part that it refuses to read."""
    bare = Dataset({element.tag: element for element in header})
    bare.pop("PixelSpacing", None)
    return bare


def _description(one: Marked, number: int, layer: Layer, spoken: Spoken) -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
        segment_label=one.finding,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=finding_code(one.finding),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=short(layer.label),
            family=codes.DCM.ArtificialIntelligence,
            version=spoken.weights[:16],
            source=PROGRAM,
            parameters={name: json.dumps(value)[:100] for name, value in layer.parameters.items()},
        ),
        tracking_id=short(f"{one.finding}, {layer.name}"),
        tracking_uid=UID(),
    )


def _words(one: Marked, layer: Layer, spoken: Spoken) -> str:
    where = f"Where {layer.label} is {layer.cut} for {one.finding}: what moved the model, not what is there."
    return " ".join((f"{spoken.state}.", WARNING, where, *spoken.reasons))[:_LONGEST]
