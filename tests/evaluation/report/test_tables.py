"""The Markdown tables of the benchmark."""

from evaluation.report.tables import markdown
from evaluation.results import Results
from evaluation.scores import METRICS, NAN, Scores
from evaluation.scoring import Row


def test_a_mean_over_fewer_findings_than_another_says_so():
    values = {("mine", "Edema"): 0.5, ("mine", "Pneumonia"): 0.0, ("Floor: prior", "Edema"): 0.25}
    rows = [
        Row(method, finding, "a", Scores(dict.fromkeys(METRICS, value)), NAN)
        for (method, finding), value in values.items()
    ]
    results = Results.of(rows, ("mine", "Floor: prior"), ("Edema", "Pneumonia"))
    text = markdown([results], results.estimates(0, 0, "patient"), (), ())
    means = [line for line in text.splitlines() if line.startswith("| Mean |")]
    assert means == ["| Mean | 0.250 [–, –], 2 (0) | 0.250 [–, –], 1 (0), over 1 of 2 findings |"] * 3
