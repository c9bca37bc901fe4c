"""Skill against arithmetic by hand: 0 for a floor, 1 for a ceiling."""

import numpy as np
import pytest

from data_cache.masks import Rle
from evaluation.benchmark import Inputs, Protocol, Settings, run_benchmark
from evaluation.floors import CENTRE, PRIOR, RANDOM
from evaluation.missing import LEFT_OUT
from evaluation.report.skill_tables import words
from evaluation.results import MEAN, Results
from evaluation.scores import METRICS, Scores
from evaluation.scoring import Row
from evaluation.skill import PERFECT, skills
from evaluation.sources.opening import open_maps
from evaluation.truth.ground_truth import Masks
from tests.evaluation.making import SIZE, blob, write_own

CASES = [f"patient{k}_study1_view1_frontal" for k in range(12)]
FINDINGS = ("Edema", "Atelectasis")
CEILING = "Ceiling 512×512, paper"
NAN = float("nan")


def rows(method, by_finding):
    """Rows whose three metrics are alike."""
    return [
        Row(method, finding, case, Scores(dict.fromkeys(METRICS, float(value))), NAN)
        for finding, values in by_finding.items()
        for case, value in zip(CASES, np.broadcast_to(values, len(CASES)), strict=True)
    ]


@pytest.fixture
def found():
    generator = np.random.default_rng(0)
    method = {finding: generator.uniform(0.3, 0.5, 12) for finding in FINDINGS}
    floors = {RANDOM: (0.1, 0.1), CENTRE: (0.35, 0.2), PRIOR: (0.2, generator.uniform(0.4, 0.7, 12))}
    made = rows("mine", method)
    for name, (edema, atelectasis) in floors.items():
        made += rows(name, {"Edema": edema, "Atelectasis": atelectasis})
    results = Results.of(made, ["mine", *floors], FINDINGS)
    ceilings = Results.of(rows(CEILING, {"Edema": 0.9, "Atelectasis": 0.8})[1:], [CEILING], FINDINGS)
    return {
        (one.method, one.finding, one.metric): one for one in skills(results, ceilings, "paper", 500, 0, "patient")
    }, method


def test_by_hand(found):
    skill, method = found
    edema = skill["mine", "Edema", "iou_tp"]
    assert (edema.floor, edema.ceiling) == (CENTRE, CEILING)
    assert edema.value == pytest.approx((method["Edema"].mean() - 0.35) / (0.9 - 0.35), rel=1e-12)
    assert edema.interval.low < edema.value < edema.interval.high
    hit = skill["mine", "Edema", "hit"]
    assert hit.ceiling == PERFECT and hit.value == pytest.approx((method["Edema"].mean() - 0.35) / 0.65, rel=1e-12)


def test_the_best_floor_is_chosen_by_finding_and_of_the_mean_by_its_mean(found):
    skill, _ = found
    assert [skill["mine", finding, "hit"].floor for finding in (*FINDINGS, MEAN)] == [CENTRE, PRIOR, PRIOR]


@pytest.mark.parametrize("metric", METRICS)
def test_a_floor_has_0_and_a_ceiling_1_in_every_resample(found, metric):
    skill, _ = found
    for finding in (*FINDINGS, MEAN):
        floor = skill[skill["mine", finding, metric].floor, finding, metric]
        assert (floor.value, floor.interval.low, floor.interval.high) == (0.0, 0.0, 0.0)
        ceiling = skill[CEILING, finding, metric]
        if metric != "hit":
            assert (ceiling.value, ceiling.interval.low, ceiling.interval.high) == (1.0, 1.0, 1.0)
        worse = skill[RANDOM, finding, metric]
        assert worse.value < 0


def test_intervals_are_paired_by_patient():
    """A method that is the floor and a tenth on every case: its distance does not vary, however much both do."""
    floor = np.random.default_rng(1).uniform(0, 0.5, 12)
    made = rows(PRIOR, {"Edema": floor}) + rows("mine", {"Edema": 0.1 + 0.9 * floor})
    results = Results.of(made, ["mine", PRIOR], ("Edema",))
    one = next(one for one in skills(results, None, "paper", 300, 0, "patient") if one.method == "mine")
    assert one.ceiling == PERFECT
    np.testing.assert_allclose([one.value, one.interval.low, one.interval.high], 0.1, rtol=1e-9)


def test_a_floor_that_reaches_the_ceiling_leaves_no_room():
    results = Results.of(rows("mine", {"Edema": 0.5}) + rows(CENTRE, {"Edema": 1.0}), ["mine", CENTRE], ("Edema",))
    one = next(one for one in skills(results, None, "paper", 50, 0, "patient") if one.method == "mine")
    assert np.isnan([one.value, one.interval.low]).all() and one.above == -0.5 and not one.beats


def of(found, metric="hit"):
    return {(one.method, one.finding): one for one in found if one.metric == metric}


def test_the_mean_is_over_the_findings_of_which_all_have_a_value():
    """As where a finding is drawn nowhere: the method scores 0 there, the prior has no masks to be made of."""
    made = rows("mine", {"Edema": 0.5, "Atelectasis": 0.0}) + rows(PRIOR, {"Edema": 0.6})
    made += rows(RANDOM, dict.fromkeys(FINDINGS, 0.1))
    found = skills(Results.of(made, ["mine", PRIOR, RANDOM], FINDINGS), None, "paper", 50, 0, "patient")
    one = of(found)["mine", MEAN]
    assert (one.floor, one.score, one.left_out) == (PRIOR, 0.5, ("Atelectasis",))
    assert one.above == pytest.approx(-0.1) and one.value == pytest.approx(-0.25, rel=1e-12)
    assert of(found)["mine", "Atelectasis"].floor == RANDOM
    assert of(found)[RANDOM, MEAN].score == pytest.approx(0.1)
    assert words(found)[0].endswith(
        "Over the findings of which all have a value (without Atelectasis) the best method, mine with 0.500, lies "
        "0.100 below Floor: prior with 0.600: no method beats not looking."
    )


def test_a_row_of_few_findings_does_not_decide_for_all():
    three = (*FINDINGS, "Fracture")
    made = rows("mine", dict.fromkeys(three, 0.5)) + rows(RANDOM, dict.fromkeys(three, 0.1))
    made += rows("narrow", {"Edema": 0.9}) + rows(CENTRE, {"Edema": 0.95})
    found = skills(Results.of(made, ["narrow", "mine", CENTRE, RANDOM], three), None, "paper", 50, 0, "patient")
    mine, narrow = of(found)["mine", MEAN], of(found)["narrow", MEAN]
    assert (mine.floor, mine.score, mine.left_out) == (RANDOM, 0.5, ())
    assert (narrow.floor, narrow.score, narrow.left_out) == (RANDOM, pytest.approx(0.9), ("Atelectasis", "Fracture"))
    assert "Over all findings the best method, mine with 0.500" in words(found)[0]
    assert words(found)[0].endswith("with a value in less than half of 3: Floor: centre (1).")


def lacking(method, values, without):
    """Rows of Edema, of which some have no map and no value."""
    none = [Row(method, "Edema", case, Scores.undefined("no map"), NAN, False, lacking="no map") for case in CASES]
    return [none[c] if c in without else row for c, row in enumerate(rows(method, {"Edema": values}))]


def test_a_method_is_compared_with_the_floors_on_its_own_cases():
    values = np.array([1.0] * 7 + [0.0] * 5)
    made = lacking("own", values, range(7, 12)) + rows(PRIOR, {"Edema": values}) + rows(RANDOM, {"Edema": 0.1})
    results = Results.of(made, ["own", PRIOR, RANDOM], ("Edema",))
    ceilings = Results.of(rows(CEILING, {"Edema": np.where(values, 1.0, 0.2)}), [CEILING], ("Edema",))
    found = of(skills(results, ceilings, "paper", 200, 0, "patient"), "iou_tp")
    for finding in ("Edema", MEAN):
        one = found["own", finding]
        assert (one.score, one.floor, one.best_floor, one.above, one.without) == (1.0, PRIOR, 1.0, 0.0, 5)
        assert one.perfect == 1.0 and np.isnan(one.value)
        other = found[PRIOR, finding]
        assert (other.score, other.without) == (pytest.approx(7 / 12), 0)
    (sentence,) = {
        line.split(": ", 1)[1] for line in words(skills(results, None, "paper", 50, 0, "patient", shared=True))
    }
    assert sentence.startswith("none of 1 findings × methods beats the best floor")
    assert sentence.endswith(" This compares the maps that all methods have; without map and value are own of 5.")


def test_leaving_maps_out_makes_no_method_the_best():
    """The same maps twice; the first has none of the masks that both miss."""
    values = np.array([0.6] * 7 + [0.01] * 5)
    for whole, best in ((values, "honest"), (values + 0.001, "honest"), (values - 0.001, "sly")):
        made = lacking("sly", values, range(7, 12)) + rows("honest", {"Edema": whole}) + rows(PRIOR, {"Edema": 0.2})
        results = Results.of(made, ["sly", "honest", PRIOR], ("Edema",))
        shared = skills(results, None, "paper", 50, 0, "patient", shared=True)
        score = f"{max(0.6, whole[0]):.3f}"
        assert all(f"the best method, {best} with {score}, lies" in line for line in words(shared))


def test_what_is_left_out_for_all_is_left_out_of_the_ceiling():
    made = [
        Row(method, "Edema", case, Scores.undefined(LEFT_OUT) if c < 4 else row.scores, NAN)
        for method, value in (("mine", 0.5), (PRIOR, 0.25))
        for c, (case, row) in enumerate(zip(CASES, rows(method, {"Edema": value}), strict=True))
    ]
    ceilings = Results.of(rows(CEILING, {"Edema": [0.1] * 4 + [0.75] * 8}), [CEILING], ("Edema",))
    found = skills(Results.of(made, ["mine", PRIOR], ("Edema",)), ceilings, "paper", 50, 0, "patient")
    assert of(found, "iou_tp")["mine", "Edema"].value == 0.5


def test_without_floors_there_is_no_skill():
    assert skills(Results.of(rows("mine", {"Edema": 0.5}), ["mine"], ("Edema",)), None, "paper", 50, 0, "patient") == []


def said(value, floor):
    made = rows("mine", {"Edema": value}) + rows(PRIOR, {"Edema": floor})
    return words(skills(Results.of(made, ["mine", PRIOR], ("Edema",)), None, "paper", 50, 0, "patient"))


def test_plain_words():
    assert said(0.25, 0.5)[0] == (
        "Hit rate: none of 1 findings × methods beats the best floor. Over all findings the best method, mine with "
        "0.250, lies 0.250 below Floor: prior with 0.500: no method beats not looking."
    )
    assert said(0.5, 0.5)[0].endswith(
        "the best method, mine with 0.500, is no better and no worse than Floor: prior with 0.500: no method beats not "
        "looking."
    )
    assert said(0.75, 0.5)[0] == (
        "Hit rate: 1 of 1 findings × methods beat the best floor, by 0.250 on average, 1 of them with an interval of "
        "the skill above 0. Over all findings the best method, mine with 0.750, lies 0.250 above Floor: prior with "
        "0.500."
    )


def test_what_covers_the_whole_radiograph_can_be_perfect():
    """The models' maps are measured against the crop's ceiling, maps of the whole radiograph against 1; floors as the
    models' maps, and as the others where there are no models' maps."""
    values = {"models": 0.5, "perfect": 1.0, PRIOR: 0.2, CENTRE: 0.1}
    ceilings = Results.of(rows(CEILING, {"Edema": 0.7}), [CEILING], ("Edema",))

    def found(*names):
        made = [row for name in names for row in rows(name, {"Edema": values[name]})]
        every = skills(
            Results.of(made, names, ("Edema",)), ceilings, "paper", 50, 0, "patient", whole=frozenset({"perfect"})
        )
        return {one.method: one for one in every if one.metric == "iou_tp" and one.finding == "Edema"}

    both = found("models", "perfect", PRIOR, CENTRE)
    assert both["perfect"].value == both["perfect"].interval.low == both["perfect"].interval.high == 1
    assert both["perfect"].ceiling == PERFECT and both["models"].ceiling == CEILING
    assert both["models"].value == pytest.approx(0.3 / 0.5, rel=1e-12)
    assert both[CENTRE].value == pytest.approx(-0.1 / 0.5, rel=1e-12)
    assert found("perfect", PRIOR, CENTRE)[CENTRE].value == pytest.approx(-0.1 / 0.8, rel=1e-12)


def test_a_perfect_map_of_ones_own_has_skill_1(tmp_path):
    """The masks themselves as maps, on radiographs that are not square."""
    masks = {case: {"Edema": Rle.encode(blob(k))} for k, case in enumerate(CASES)}
    for k, case in enumerate(CASES):
        write_own(tmp_path, case, "Edema", blob(k).astype(np.float32))
    source = (open_maps(f"mine={tmp_path}"),)
    asked = Settings(protocol=Protocol.FIXED, bootstrap=50, processes=1)
    done = run_benchmark(Inputs(source, Masks(masks, findings=("Edema",))), asked, lambda *_: None)
    assert done.whole >= {"mine"} and SIZE[0] != SIZE[1]
    every = skills(done.results, done.ceilings, "paper", 50, 0, "patient", whole=done.whole)
    mine = [one for one in every if one.method == "mine"]
    assert {(one.value, one.interval.low, one.interval.high) for one in mine} == {(1.0, 1.0, 1.0)}
    ceiling = next(one for one in every if one.method == CEILING and one.metric == "iou_tp")
    assert ceiling.score < 1  # or there is nothing to see
