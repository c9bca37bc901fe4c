"""The table over seeds, against numbers worked out by hand."""

import math

from models.training.seeds import seed_rows


def test_mean_deviation_and_every_seed_by_hand() -> None:
    entries = [
        {"mean_auroc": 0.8, "ece": 0.10, "auroc": {"Edema": 0.9, "Fracture": None}},
        {"mean_auroc": 0.9, "ece": 0.10, "auroc": {"Edema": 0.6, "Fracture": 0.5}},
        {"mean_auroc": float("-inf"), "ece": 0.13, "auroc": {"Edema": 0.9, "Fracture": None}},
    ]
    rows = {(metric, finding): (n, mean, sd, values) for metric, finding, n, mean, sd, values in seed_rows(entries)}
    assert set(rows) == {("mean_auroc", ""), ("ece", ""), ("auroc", "Edema"), ("auroc", "Fracture")}
    n, mean, sd, _ = rows["mean_auroc", ""]  # the third has none
    assert n == 2 and math.isclose(mean, 0.85) and math.isclose(sd, 0.05 * math.sqrt(2))
    n, mean, sd, values = rows["auroc", "Edema"]
    assert (n, values) == (3, [0.9, 0.6, 0.9]) and math.isclose(mean, 0.8) and math.isclose(sd, math.sqrt(0.03))
    n, mean, sd, values = rows["auroc", "Fracture"]
    assert (n, mean, values[1]) == (1, 0.5, 0.5) and math.isnan(sd) and math.isnan(values[0])
