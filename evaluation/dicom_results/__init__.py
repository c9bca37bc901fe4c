"""What models say about a DICOM radiograph, assessed, as results for `explainers.dicom` to write."""
