"""The structured report: TID 1500 with what each model says, and polygons of what its maps mark."""

from collections.abc import Iterator

import numpy as np
from highdicom import UID
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from explainers.dicom.codes import coding_scheme, finding_code, private_code
from explainers.dicom.common import describe, maker, sentences, short
from explainers.dicom.outlines import Piece, pieces
from explainers.dicom.results import PROGRAM, Layer, Marked, Results

Group = (
    PlanarROIMeasurementsAndQualitativeEvaluations
    | VolumetricROIMeasurementsAndQualitativeEvaluations
    | MeasurementsAndQualitativeEvaluations
)
_PIXELS = CodedConcept("{pixels}", "UCUM", "pixels")
_PLAIN_FILM = CodedConcept("399208008", "SCT", "Plain X-ray of chest")
_LEFT_OUT = "{label}, {finding}: {count} smaller parts have no outline here; the segmentation has them."


def report(results: Results) -> Dataset:
    """Return the report."""
    device = DeviceObserverIdentifyingAttributes(uid=UID(), name=PROGRAM, manufacturer_name=PROGRAM)
    context = ObservationContext(observer_device_context=ObserverContext(codes.DCM.Device, device))
    said = sentences(results)
    groups: list[Group] = [*_of_models(results), *_of_layers(results, said)]
    content = MeasurementReport(context, _PLAIN_FILM, groups)[0]
    for sentence in said:
        item = TextContentItem(codes.DCM.Comment, sentence, RelationshipTypeValues.CONTAINS)
        content.ContentSequence.append(item)
    made = ComprehensiveSR(
        evidence=[results.source.header],
        content=content,
        series_instance_uid=UID(),
        sop_instance_uid=UID(),
        instance_number=1,
        is_complete=True,
        is_verified=False,
        **maker("SR"),
    )
    describe(made, "probabilities, regions")
    made.CodingSchemeIdentificationSequence = [coding_scheme()]
    return made


def _of_models(results: Results) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    """The probabilities that a model gives the whole image; its state where it gives none: TID 1500 wants a group."""
    header = results.source.header
    for key, spoken in results.models.items():
        if not spoken.probabilities:
            yield MeasurementsAndQualitativeEvaluations(
                TrackingIdentifier(UID(), short(f"State, {key}")),
                algorithm_id=AlgorithmIdentification(short(spoken.label), spoken.weights[:16]),
                qualitative_evaluations=[QualitativeEvaluation(private_code("State"), private_code(spoken.state))],
                source_images=[SourceImageForMeasurementGroup(header.SOPClassUID, header.SOPInstanceUID)],
            )
        for finding, probability in spoken.probabilities.items():
            yield MeasurementsAndQualitativeEvaluations(
                TrackingIdentifier(UID(), short(f"{finding}, {key}")),
                finding_type=finding_code(finding),
                algorithm_id=AlgorithmIdentification(short(spoken.label), spoken.weights[:16]),
                measurements=[_number(codes.DCM.Probability, probability)],
                source_images=[SourceImageForMeasurementGroup(header.SOPClassUID, header.SOPInstanceUID)],
            )


def _of_layers(results: Results, said: list[str]) -> Iterator[PlanarROIMeasurementsAndQualitativeEvaluations]:
    for layer in results.layers:
        for one in layer.marked:
            found, left_out = pieces(one.mask)
            if left_out:
                said.append(_LEFT_OUT.format(label=layer.label, finding=one.finding, count=left_out))
            for number, piece in enumerate(found, 1):
                yield _group(results, layer, one, piece, number)


def _group(
    results: Results, layer: Layer, one: Marked, piece: Piece, number: int
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    """One part of a region; the largest has the scores of all."""
    header, millimetres = results.source.header, results.source.square_millimetres
    area = (piece.pixels, _PIXELS) if millimetres is None else (piece.pixels * millimetres, codes.UCUM.SquareMillimeter)
    scores = [_number(private_code(score.name), score.value) for score in one.numbers] if number == 1 else []
    image = SourceImageForRegion(header.SOPClassUID, header.SOPInstanceUID)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        TrackingIdentifier(UID(), short(f"{one.finding}, {layer.name}, {number}")),
        referenced_region=ImageRegion("POLYLINE", piece.points, image),
        finding_type=finding_code(one.finding),
        algorithm_id=AlgorithmIdentification(
            short(layer.label), results.models[layer.model].weights[:16], parameters=[short(f"marked: {layer.cut}")]
        ),
        measurements=[Measurement(codes.SCT.Area, *area), *scores],
    )


def _number(name: CodedConcept, value: float) -> Measurement:
    """A number between 0 and 1, or a count, as long as a decimal string may be."""
    return Measurement(name, float(np.format_float_positional(value, precision=6)), codes.UCUM.NoUnits)
