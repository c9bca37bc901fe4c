"""What the tab "Models and about" says that no part of the program could say itself."""

MUST_NOT = (
    "Not for diagnosis, triage, treatment or any other decision about a patient: nothing here is a medical device.",
    "Not for judging a radiologist, a patient or a hospital by what a model says.",
    "Not for radiographs that you may not pass on: on somebody else's page, an upload reaches their machine.",
    "The demonstration weights have seen simulated radiographs alone: what they say about a real one means nothing.",
)
LIMITS = (
    "The models see the central square of a frontal chest radiograph, as many pixels wide as stands under each; what "
    "lies outside, and detail finer than that, they do not see.",
    "A probability of 0.5 is no decision threshold: the best cut-off differs from finding to finding and from hospital "
    "to hospital.",
    "A map shows what moved the model's number. It does not show that the finding is there, nor "
    "that the model is right for the right reason.",
    "The 14 findings are CheXpert's. What is not among them, the models cannot name; some predict only a part of them.",
    "The official weights learned from one hospital's radiographs, with labels that a program read from reports.",
)
DICOM_PRIVACY = (
    "Of a DICOM file the pixels are used, and what it takes to show and to assess them: how its values are meant, its "
    "windows with their names, pixel spacing, modality, view position and orientation. Names, numbers and dates of the "
    "patient, the study or the hospital, and every other tag, are neither used nor kept, nor sent to the page."
)
DICOM_RESULTS_PRIVACY = (
    "The host of this page allows results as DICOM objects (EXPLORER_DICOM_RESULTS): of a DICOM upload the server "
    "keeps the patient's name, number, birth date and sex, the study's date, numbers and referring physician, and "
    "which image it is, in memory, as long as the case is open. They are never sent to the page; they stand in the "
    "files of Export, DICOM results, which name the patient."
)
OFFICIAL_CARD = """
**MedicalPatchNet** and its baseline, an EfficientNetV2-S that sees the whole image: the weights that the paper's
authors publish at [patrick-w/MedicalPatchNet](https://huggingface.co/patrick-w/MedicalPatchNet) under the MIT licence.

- input: 512² grey, centre crop, values from 0 to 1; MedicalPatchNet takes 8×8 patches of 64²
- file: 82 MB each; their sha256 are checked whenever they are fetched or loaded
- trained on CheXpert with the labels of visualCheXbert; uncertain and blank labels count as absent
- published on the CheXpert test set: mean AUROC over CheXlocalize's 10 findings 0.907 (MedicalPatchNet) and 0.908
  (baseline), over all 14 findings 0.902 and 0.911

The numbers are the paper's (Wienholt et al., *Scientific Reports* 2026), not ours.
"""


def privacy(dicom_results: bool) -> tuple[str, ...]:
    """What becomes of an upload, on a host that allows results as DICOM objects, or not."""
    return (
        "An upload is read into memory and deleted from the disk at once. It belongs to this visit alone, is never "
        "logged, and is let go within ten minutes after the page has been closed.",
        DICOM_RESULTS_PRIVACY if dicom_results else DICOM_PRIVACY,
        "The page loads nothing from other hosts, counts nobody, and keeps nothing of a radiograph in the browser. "
        "Until the browser is closed, a cookie keeps your visit apart from those of others.",
    )
