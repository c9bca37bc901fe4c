"""Names of findings as people and tools write them."""

import pytest

from data_cache.errors import InputError
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS, canonical_finding, case_and_finding, known_finding


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_finding_by_every_spelling(finding: str) -> None:
    words = finding.split()
    for name in (finding, finding.upper(), f" {finding} ", "_".join(words), "-".join(words).lower(), "".join(words)):
        assert canonical_finding(name) == finding
        assert case_and_finding(f"patient1_study1_view1_frontal_{'_'.join(words)}") == (
            "patient1_study1_view1_frontal",
            finding,
        )


def test_chexlocalize_s_names() -> None:
    for ours, theirs in CHEXLOCALIZE_NAMES.items():
        assert canonical_finding(theirs) == canonical_finding(theirs.replace(" ", "_")) == ours


@pytest.mark.parametrize("name", ["Effusion", "", "Pleural", "Edema2", None, 5, ["Edema"], "x" * 10**6])
def test_what_is_none(name: object) -> None:
    assert known_finding(name) is None
    with pytest.raises(InputError, match="Unknown finding") as caught:
        canonical_finding(name)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("stem", ["Edema", "_Edema", "a_Sarcoidosis", "a", "", "Pleural_Effusion"])
def test_a_name_without_a_case_or_a_finding(stem: str) -> None:
    with pytest.raises(InputError):
        case_and_finding(stem)
