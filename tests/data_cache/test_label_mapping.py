"""What datasets' words mean: the table that DATASETS of this field agree on, switches, and mappings of one's own."""

import pytest

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.label_mapping import COMMON, LabelMapping, Meaning, read_mapping, words_of


@pytest.mark.parametrize(
    ("word", "finding", "relation"),
    [
        ("Effusion", "Pleural Effusion", "exact"),
        ("Pleural effusion", "Pleural Effusion", "exact"),
        ("Nodule/Mass", "Lung Lesion", "exact"),
        ("nodule", "Lung Lesion", "exact"),
        ("Infiltrate", "Lung Opacity", "narrower"),
        ("ILD", "Lung Opacity", "narrower"),
        ("Lung cavity", "Lung Lesion", "narrower"),
        ("Pleural_Thickening", "Pleural Other", "exact"),
        ("Pulmonary fibrosis", "Pleural Other", "near"),
        ("Rib fracture", "Fracture", "exact"),
        ("Airspace Opacity", "Lung Opacity", "exact"),
        ("No finding", "No Finding", "exact"),
    ],
)
def test_words_mean_what_chexperts_labeler_takes_them_for(word, finding, relation):
    assert COMMON.meaning(word) == Meaning(finding, relation)


@pytest.mark.parametrize(
    "word", ["Aortic enlargement", "Calcification", "Tuberculosis", "Other lesion", "Foreign object", "Lung cyst"]
)
def test_some_words_are_known_and_mean_none(word):
    assert COMMON.knows(word) and COMMON.meaning(word) is None and COMMON.taken_for(word) == ()


def test_every_finding_means_itself():
    assert [COMMON.meaning(finding) for finding in FINDINGS] == [Meaning(finding) for finding in FINDINGS]


def test_rolling_up_adds_what_a_finding_is_a_part_of():
    mapping = LabelMapping(COMMON.words, roll_up=True)
    assert mapping.taken_for("Cardiomegaly") == (
        Meaning("Cardiomegaly"),
        Meaning("Enlarged Cardiomediastinum", "narrower"),
    )
    for word in ("Nodule", "Edema", "Consolidation", "Pneumonia", "Atelectasis"):
        assert mapping.taken_for(word)[1] == Meaning("Lung Opacity", "narrower")
    assert len(mapping.taken_for("Pneumothorax")) == len(mapping.taken_for("Infiltrate")) == 1


def test_near_words_are_taken_where_that_is_wanted():
    assert COMMON.taken_for("Fibrosis") == ()
    assert LabelMapping(COMMON.words, near=True).taken_for("Fibrosis") == (Meaning("Pleural Other", "near"),)


def test_only_exact_words_say_that_a_finding_is_absent():
    assert COMMON.looked_for(["Infiltrate", "Effusion", "Fibrosis", "No finding", "Calcification"]) == {
        "Pleural Effusion"
    }


def test_a_dataset_has_its_own_words_and_only_known_ones():
    mapping = words_of("Effusion", "Mass")
    assert mapping.closed and mapping.knows("mass") and not mapping.knows("Edema")
    with pytest.raises(ValueError, match="Spleen"):
        words_of("Spleen")
    with pytest.raises(ValueError, match="twice"):
        LabelMapping({"Pleural effusion": None, "pleural-effusion": None})


def test_a_mapping_of_ones_own_changes_and_adds_words(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "infiltrate: Consolidation\nSpleen: {finding: Support Devices, relation: near}\nMass: null\n", encoding="utf-8"
    )
    changed = words_of("Effusion", "Mass", "Infiltrate").changed(read_mapping(path))
    assert changed.meaning("Infiltrate") == Meaning("Consolidation")
    assert changed.meaning("spleen") == Meaning("Support Devices", "near")
    assert changed.knows("Mass") and changed.meaning("Mass") is None
    assert changed.meaning("Effusion") == Meaning("Pleural Effusion")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Mass: Lung Lesion\nMass: Lung Opacity\n",
            "once in mine.yaml, found 'Mass' for the second time in line 2; keep one",
        ),
        ("Mass: Lung Lesion\nMASS: Lung Lesion\n", "'Mass' and 'MASS'; keep one"),
        ("Mass: Lung\n", "Expected one of CheXpert's findings for 'Mass' in mine.yaml, found 'Lung'"),
        ("Mass: [Edema]\n", "found"),
        ("Mass: {finding: Edema, relation: wider}\n", "found 'wider'"),
        ("Mass: {finding: Edema, relations: exact}\n", "found 'finding, relations'"),
    ],
)
def test_a_mapping_that_is_none_is_refused(tmp_path, text, words):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_mapping(path)
