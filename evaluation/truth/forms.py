"""As what truths were marked: scores against boxes are never averaged with those against masks.

An IoU against a box asks for something else than one against an outline (a perfect outline in its own box has a mean
IoU of 0.60 on ChestX-Det). So a method has, where a cohort holds truths of several forms, rows of its own for each,
which say what they are scored against; where there is one form, rows have the method's name alone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from data_cache.marks import LOOSEST, Form
from evaluation.truth.ground_truth import Masks

WORDS: Mapping[Form, str] = {
    "mask": "against masks",
    "polygon": "against polygons",
    "box": "against boxes",
    "ellipse": "against ellipses",
    "disc": "against discs",
}


@dataclass(frozen=True)
class TruthForms:
    """The forms of a cohort's truths.

    Attributes:
        present: those that something is drawn in, the most frequent first; masks where nothing is drawn.
        by_finding: the most frequent form of each finding that is drawn at all.
        by_case: the form of every truth that is drawn.
    """

    present: tuple[Form, ...] = ("mask",)
    by_finding: Mapping[str, Form] = field(default_factory=dict)
    by_case: Mapping[str, Mapping[str, Form]] = field(default_factory=dict)

    @classmethod
    def of(cls, truth: Masks) -> "TruthForms":
        """Count what is drawn; a truth whose form is not told is a mask."""
        if not truth.forms:
            return cls()
        drawn = {
            case: {f: truth.forms.get(case, {}).get(f, "mask") for f, mask in masks.items() if mask.area}
            for case, masks in truth.cases.items()
        }
        every = Counter(form for forms in drawn.values() for form in forms.values())
        findings = {finding for forms in drawn.values() for finding in forms}
        by_finding = {f: _ordered(Counter(forms[f] for forms in drawn.values() if f in forms))[0] for f in findings}
        return cls(_ordered(every) or ("mask",), by_finding, drawn)

    def of_truth(self, case: str, finding: str) -> Form:
        """As what a finding is marked on a case; where nothing is drawn, as it mostly is."""
        return self.by_case.get(case, {}).get(finding) or self.by_finding.get(finding) or self.present[0]

    def of_findings(self, case: str, findings: tuple[str, ...]) -> dict[str, Form]:
        """The same of several findings."""
        return {finding: self.of_truth(case, finding) for finding in findings}

    @property
    def sole(self) -> Form | None:
        """The form of all truths; None where there are several."""
        return self.present[0] if len(self.present) == 1 else None

    def name(self, method: str, form: Form) -> str:
        """What a method is called in the tables where it is scored against truths of a form."""
        return name_against(method, form, self.sole)

    def names(self, method: str) -> list[str]:
        """What a method is called, for every form."""
        return [self.name(method, form) for form in self.present]


def name_against(method: str, form: Form, sole: Form | None) -> str:
    """What a method is called where it is scored against truths of a form; its own name where a cohort has no other."""
    return method if form == sole else f"{method}, {WORDS[form]}"


def note_on_forms(forms: Mapping[str, Form]) -> str:
    """What must be said beside tables of methods that are scored against truths of these forms; "" for masks alone."""
    present = [form for form in reversed(LOOSEST) if form in set(forms.values())]
    if present in ([], ["mask"]):
        return ""
    scored = " and ".join(WORDS[form] for form in present)
    apart = " Each form has rows of its own: an IoU against boxes is never averaged with one against outlines."
    boxes = " A perfect outline in its own box has a mean IoU of 0.60 on ChestX-Det." if "box" in present else ""
    return f"Scored {scored}.{apart if len(present) > 1 else ''}{boxes}"


def _ordered(found: Counter[Form]) -> tuple[Form, ...]:
    """The most frequent first; of equals what says more about the border."""
    return tuple(sorted(found, key=lambda form: (-found[form], -LOOSEST.index(form))))
