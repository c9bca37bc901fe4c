"""What the page says that no part of the program could say itself: its header, and the tab "Models and about"."""

TITLE = "MedicalPatchNet Explorer"
HEADER = f"""<header class="page-header"><h1>{TITLE}</h1>
<p>What chest radiograph models say, and where they look</p>
<strong>Research tool. Not for diagnosis.</strong></header>"""

_NOT_PASSED_ON = "Not for radiographs that you may not pass on: an upload goes to the server that runs this page."
MUST_NOT = (
    "Not for diagnosis, triage, treatment or any other decision about a patient: nothing here is a medical device.",
    "Not for judging a radiologist, a patient or a hospital by what a model says.",
    _NOT_PASSED_ON,
    "The demonstration weights were trained on simulated radiographs only: what they say about a real one means "
    "nothing.",
)
LIMITS = (
    "The models see only the central square of a frontal chest radiograph, reduced to a few hundred pixels a side. "
    "They see neither what lies outside nor finer detail.",
    "A probability of 0.5 is not a decision threshold: the best cut-off differs between findings and hospitals.",
    "A map shows what moved the model's number. It does not show that the finding is there, nor "
    "that the model is right for the right reason.",
    "The 14 findings are those of the CheXpert dataset. The models cannot name anything else; some predict only part "
    "of them.",
    "The official weights were trained on radiographs of one hospital, with labels that a program took from reports.",
)
DICOM_PRIVACY = (
    "Of a DICOM file the page uses the pixels and what is needed to show and assess them: what the stored values mean, "
    "the windows and their names, pixel spacing, modality, view position and orientation. Names, numbers and dates of "
    "the patient, the study or the hospital, and all other tags, are neither used nor kept, nor sent to the page."
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


SITE_MUST_NOT = tuple(sentence for sentence in MUST_NOT if sentence != _NOT_PASSED_ON)
SITE_PRIVACY = (
    "This page is files alone, and no program answers it: what you do here stays in this browser.",
    "The page loads nothing from other servers, tracks nobody, sets no cookie, and stores nothing of a radiograph in "
    "the browser.",
)


def privacy(dicom_results: bool) -> tuple[str, ...]:
    """What becomes of an upload, on a host that allows results as DICOM objects, or not."""
    return (
        "An upload is read into memory and deleted from the disk at once. Only this visit can see it; it is never "
        "logged, and is deleted within ten minutes after the page is closed.",
        DICOM_RESULTS_PRIVACY if dicom_results else DICOM_PRIVACY,
        "The page loads nothing from other servers, tracks nobody, and stores nothing of a radiograph in the browser. "
        "A cookie keeps your visit apart from those of others until the browser is closed.",
    )
