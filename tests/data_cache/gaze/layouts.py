"""Small datasets of gaze in the layout of the published ones."""

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

FIXATIONS = (
    "timestamp_start_fixation",
    "timestamp_end_fixation",
    "x_position",
    "y_position",
    "pupil_area_normalized",
    "angular_resolution_x_pixels_per_degree",
    "angular_resolution_y_pixels_per_degree",
    "window_width",
    "window_level",
    "xmin_shown_from_image",
    "ymin_shown_from_image",
    "xmax_shown_from_image",
    "ymax_shown_from_image",
    "xmin_in_screen_coordinates",
    "ymin_in_screen_coordinates",
    "xmax_in_screen_coordinates",
    "ymax_in_screen_coordinates",
)
LABELS = ("Abnormal mediastinal contour", "Atelectasis", "Consolidation", "Lung nodule or mass", "Pulmonary edema")
METADATA = (
    *("id", "split", "eye_tracking_data_discarded", "image", "dicom_id", "subject_id", "image_size_x", "image_size_y"),
    *LABELS,
    "Support devices",
)


def write_csv(path: Path, header, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def fixation(start, end, x, y, degree=(20, 30), shown=(0, 0, 120, 90)):
    return [start, end, x, y, 1.0, *degree, 1.5, 0.5, *shown, 0, 0, 1000, 1000]


def write_reflacx(root: Path, readings, words=(), ellipses=()) -> None:
    """Readings: (id, discarded, dicom_id, subject_id, (width, height), certainties, devices, fixations)."""
    rows = []
    for name, discarded, dicom, subject, size, certainties, devices, fixations in readings:
        image = f"physionet.org/files/mimic-cxr/2.0.0/files/p10/p{subject}/s1/{dicom}.dcm"
        rows.append([name, "train", discarded, image, dicom, subject, *size, *certainties, devices])
        folder = root / "main_data" / name
        write_csv(folder / "fixations.csv", FIXATIONS, fixations)
        write_csv(
            folder / "timestamps_transcription.csv", ("word", "timestamp_start_word", "timestamp_end_word"), words
        )
        header = ("xmin", "ymin", "xmax", "ymax", "certainty", *LABELS, "Support devices")
        write_csv(folder / "anomaly_location_ellipses.csv", header, ellipses)
    write_csv(root / "main_data" / "metadata_phase_2.csv", METADATA, rows)


def write_egd(root: Path, cases, fixations, transcripts=(), boxes=()) -> None:
    """Cases: (dicom_id, patient_id, (height, width)); fixations: (dicom_id, time, duration, x, y)."""
    header = ("dicom_id", "path", "study_id", "patient_id", "image_top_pad", "Normal")
    write_csv(root / "master_sheet.csv", header, [(c, "files/x.dcm", 1, p, 0, 1) for c, p, _ in cases])
    table = root / "mimic-cxr-2.0.0-metadata.csv"
    write_csv(table, ("dicom_id", "Rows", "Columns"), [(c, *size) for c, _, size in cases])
    header = ("DICOM_ID", "SESSION_ID", "Time (in secs)", "FPOGX", "FPOGY", "FPOGD", "X_ORIGINAL", "Y_ORIGINAL")
    write_csv(root / "fixations.csv", header, [(c, 1, t, 0.5, 0.5, d, x, y) for c, t, d, x, y in fixations])
    for case, said in transcripts:
        folder = root / "audio_segmentation_transcripts" / case
        folder.mkdir(parents=True)
        phrases = [{"phrase": text, "begin_time": start, "end_time": end} for text, start, end in said]
        (folder / "transcript.json").write_text(json.dumps({"full_text": "", "time_stamped_text": phrases}))
    if boxes:
        write_csv(root / "bounding_boxes.csv", ("dicom_id", "bbox_name", "x1", "x2", "y1", "y2"), boxes)


def write_grey(path: Path, values) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path)


def write_fg_cxr(root: Path, studies, maps) -> None:
    """Studies: study → (dicom_id, {part: sentence}); maps: (folder, study, part) → grey values."""
    content = {
        study: {"dicom_id": dicom, "type": list(said), "sentence": list(said.values())}
        for study, (dicom, said) in studies.items()
    }
    root.mkdir(parents=True, exist_ok=True)
    (root / "full.json").write_text(json.dumps(content))
    for (folder, study, part), values in maps.items():
        write_grey(root / folder / f"{study}_{part.replace(' ', '_')}.png", values)
