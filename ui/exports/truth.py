"""What an export's scores are against: what the radiologists drew, or of several readers what a visitor chose."""

from dataclasses import dataclass
from typing import Any

from ui.case_view import CaseView
from ui.exports.request import Mask
from ui.marks_view import MAJORITY, UNION, form_of_marks

BOX_NOTE = "A box is a poor mask: a perfect outline has a mean IoU of 0.60 with its own box (measured on ChestX-Det)."


@dataclass(frozen=True, eq=False)
class Truth:
    """The masks of a case that count; the same as js/truth.js.

    Attributes:
        view: the case.
        key: "union", "majority", or a reader by place; always "union" where there are not several.
    """

    view: CaseView
    key: str

    @classmethod
    def of(cls, view: CaseView, chosen: str) -> "Truth":
        """The choice, or the union where another case has fewer readers."""
        readers = len(view.facts["readers"])
        known = {MAJORITY, *map(str, range(readers))} if readers else set()
        return cls(view, chosen if chosen in known else UNION)

    @property
    def name(self) -> str:
        """Whose masks these are."""
        readers = self.view.facts["readers"]
        if not readers:
            return "simulator" if self.view.facts["phantom"] else "radiologist"
        return readers[int(self.key)]["name"] if self.key.isdigit() else f"{self.key} of {len(readers)} readers"

    def mask(self, finding: str) -> Mask | None:
        """The mask in the view; None where there is none."""
        return self.view.mask(finding) if self.key == UNION else self.view.layer(self.key, finding)

    def form(self, finding: str) -> str:
        """As what the finding was marked."""
        if self.key.isdigit():
            return form_of_marks(self.view.facts["readers"][int(self.key)]["marks"].get(finding, []))
        return str(self.view.facts["forms"].get(finding, "mask"))

    def note(self, finding: str) -> str:
        """What must be known where the scores are read; empty for masks."""
        return BOX_NOTE if self.form(finding) == "box" and self.mask(finding) is not None else ""

    def facts(self, finding: str) -> dict[str, Any]:
        """The same as JSON values."""
        readers = [reader["name"] for reader in self.view.facts["readers"]]
        said = {"choice": self.key, "name": self.name, "form": self.form(finding), "note": self.note(finding)}
        return said | {"readers": readers}
