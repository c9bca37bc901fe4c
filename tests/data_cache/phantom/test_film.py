"""Collimation, markers and planted shortcuts."""

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.phantom.film import Shortcut
from data_cache.phantom.prevalence import labels_of
from data_cache.phantom.simulate import simulate_case


@pytest.mark.parametrize("strength", [0.0, 0.6, 1.0])
def test_the_artefact_goes_with_the_finding_at_the_chosen_strength(strength: float) -> None:
    """P(artefact | finding) - P(artefact | no finding) is the strength, within 4 standard deviations of 4,000 draws."""
    shortcut, rng = Shortcut("Pneumothorax", "marker", strength), np.random.default_rng(0)
    sick, well = labels_of({"Pneumothorax": 0.5}), labels_of({})
    with_finding = np.mean([shortcut.present(sick, rng) for _ in range(2000)])
    without = np.mean([shortcut.present(well, rng) for _ in range(2000)])
    assert abs(with_finding - without - strength) < 4 * np.sqrt(2 * 0.25 / 2000)


@pytest.mark.parametrize("kind", ["marker", "border"])
def test_the_artefact_changes_nothing_but_its_own_place(kind: str) -> None:
    plain = simulate_case(1, 4, 1, 192)
    planted = simulate_case(1, 4, 1, 192, shortcut=Shortcut("No Finding", kind, float(plain.labels["No Finding"])))
    changed = (plain.pixels != planted.pixels).mean()
    assert planted.shortcut == bool(changed)
    assert changed < 0.03
    assert plain.labels == planted.labels


def test_a_full_strength_artefact_is_drawn_with_the_finding_and_not_without() -> None:
    for patient in range(1, 7):
        case = simulate_case(1, patient, 1, 128, shortcut=Shortcut("Lung Opacity", "border", 1.0))
        assert case.shortcut == bool(case.labels["Lung Opacity"])
        assert (case.pixels[:, 0] > 220).all() == case.shortcut


def test_reading_a_shortcut() -> None:
    assert Shortcut.parse("Airspace Opacity:border:0.5") == Shortcut("Lung Opacity", "border", 0.5)


@pytest.mark.parametrize("text", ["Edema", "Edema:flag:1", "Edema:marker:2", "Edema:marker:much", "Gout:marker:1"])
def test_what_is_no_shortcut_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Shortcut.parse(text)
