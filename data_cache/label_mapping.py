"""What datasets' own words mean among CheXpert's findings.

The meanings follow the phrases by which CheXpert's labeler finds its labels (stanfordmlgroup/chexpert-labeler), for
these are what the networks were trained on: it files every nodule and mass under Lung Lesion, infiltrates under Lung
Opacity, and the word fibrosis under Pleural Other, which is why fibrosis of the lung is merely *near* that one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, known_finding, plain
from data_cache.marks import Relation
from data_cache.yaml_files import read_yaml

NO_FINDING = FINDINGS[0]
PARENTS: Mapping[str, str] = {
    "Cardiomegaly": "Enlarged Cardiomediastinum",
    **dict.fromkeys(("Lung Lesion", "Edema", "Consolidation", "Pneumonia", "Atelectasis"), "Lung Opacity"),
}
RELATIONS: tuple[Relation, ...] = get_args(Relation)
_SHOWN = 60


@dataclass(frozen=True)
class Meaning:
    """A finding, and whether a word means just it, a part of it, or something near it."""

    finding: str
    relation: Relation = "exact"


@dataclass(frozen=True)
class LabelMapping:
    """The words of a dataset and what they mean.

    Attributes:
        words: by the dataset's word; None where it means none of CheXpert's findings.
        closed: whether the dataset has no other words, so that another one is a mistake.
        roll_up: whether a finding is also marked as the one that it is a part of: Cardiomegaly as Enlarged
            Cardiomediastinum; Lung Lesion, Edema, Consolidation, Pneumonia and Atelectasis as Lung Opacity.
        near: whether words that only mean something near a finding are taken for it.
        foreign: words of somebody's own mapping that the dataset is not known to have.
    """

    words: Mapping[str, Meaning | None]
    closed: bool = True
    roll_up: bool = False
    near: bool = False
    foreign: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        twice = [word for word, count in Counter(map(plain, self.words)).items() if count > 1]
        if twice:
            raise ValueError(f"Expected each word once, found {twice[0]} twice.")
        object.__setattr__(self, "_known", {plain(word): meaning for word, meaning in self.words.items()})

    def knows(self, word: str) -> bool:
        """Whether the dataset is known to have this word, whatever it means; case and marks do not matter."""
        return plain(word) in self._by_word

    def meaning(self, word: str) -> Meaning | None:
        """Return what a word means; None for none of CheXpert's findings, and for a word that is not known."""
        return self._by_word.get(plain(word))

    def taken_for(self, word: str) -> tuple[Meaning, ...]:
        """Return what a word is taken for: its meaning, and what that is a part of where that is wanted."""
        meaning = self.meaning(word)
        if meaning is None or (meaning.relation == "near" and not self.near):
            return ()
        parent = PARENTS.get(meaning.finding) if self.roll_up and meaning.relation != "near" else None
        return (meaning,) if parent is None else (meaning, Meaning(parent, "narrower"))

    def looked_for(self, words: Iterable[str]) -> frozenset[str]:
        """Return the findings of which these words, where none is marked, say that they are absent."""
        found = (self.meaning(word) for word in words)
        return frozenset(one.finding for one in found if one and one.relation == "exact") - {NO_FINDING}

    def changed(self, own: Mapping[str, Meaning | None]) -> "LabelMapping":
        """Return it with other meanings of some words, or further words."""
        mine = {plain(word) for word in own}
        return replace(
            self,
            words={w: m for w, m in self.words.items() if plain(w) not in mine} | dict(own),
            foreign=tuple(word for word in own if not (self.closed and self.knows(word))),
        )

    @property
    def _by_word(self) -> Mapping[str, Meaning | None]:
        known: Mapping[str, Meaning | None] = self.__dict__["_known"]
        return known


def _meanings() -> dict[str, Meaning | None]:
    exact = {
        "Lung Opacity": ("Opacity", "Airspace Opacity"),
        "Lung Lesion": ("Nodule/Mass", "Nodule", "Mass", "Lung nodule", "Lung mass", "Multiple nodules"),
        "Edema": ("Pulmonary edema",),
        "Pleural Effusion": ("Effusion",),
        "Pleural Other": ("Pleural thickening",),
        "Enlarged Cardiomediastinum": ("Mediastinal enlargement",),
        "Fracture": ("Rib fracture", "Clavicle fracture"),
        NO_FINDING: ("Normal", "Healthy"),
    }
    narrower = {
        "Lung Opacity": (
            "Infiltrate", "Infiltrates", "Infiltration", "ILD", "Interstitial pattern", "Alveolar pattern",
            "Ground glass pattern", "Reticular interstitial pattern", "COVID infection",
        ),
        "Lung Lesion": ("Lung cavity", "Cavitation", "Lung tumor", "Pulmonary mass", "Diffuse Nodule"),
        "Atelectasis": ("Laminar atelectasis", "Lobar atelectasis", "Total atelectasis", "Segmental atelectasis"),
        "Pleural Effusion": ("Loculated pleural effusion", "Loculated fissural effusion"),
        "Pneumothorax": ("Hydropneumothorax",),
        "Pleural Other": ("Apical pleural thickening",),
        "Enlarged Cardiomediastinum": ("Superior mediastinal enlargement",),
        "Fracture": ("Callus rib fracture", "Vertebral fracture", "Humeral fracture"),
        "Support Devices": (
            "Chest tube", "Endotracheal tube", "Tracheostomy tube", "NSG tube", "Nasogastric tube", "Pacemaker",
            "Central venous catheter", "Central venous catheter via jugular vein",
            "Central venous catheter via subclavian vein", "Single chamber device", "Dual chamber device",
            "Reservoir central venous catheter", "Artificial heart valve", "Chest drain tube",
        ),
    }  # fmt: skip
    near = {
        "Pleural Other": ("Pulmonary fibrosis", "Fibrosis", "Fibrotic band"),
        "Pleural Effusion": ("Costophrenic angle blunting",),
        "Atelectasis": ("Volume loss",),
    }
    none = (
        "Aortic enlargement", "Calcification", "Emphysema", "Hernia", "Hiatal hernia", "Other lesion", "Other lesions",
        "Other diseases", "Other disease", "Lung cyst", "Enlarged PA", "Mediastinal shift", "COPD", "Tuberculosis",
        "ActiveTuberculosis", "ObsoletePulmonaryTuberculosis", "PulmonaryTuberculosis", "Foreign object",
    )  # fmt: skip
    words: dict[str, Meaning | None] = {finding: Meaning(finding) for finding in FINDINGS}
    for relation, table in zip(RELATIONS, (exact, narrower, near), strict=True):
        words |= {word: Meaning(finding, relation) for finding, theirs in table.items() for word in theirs}
    return words | dict.fromkeys(none)


COMMON = LabelMapping(_meanings(), closed=False)


def words_of(*words: str) -> LabelMapping:
    """Return the mapping of a dataset that has these words, which mean in every dataset the same.

    Raises:
        ValueError: a word is not known.
    """
    unknown = [word for word in words if not COMMON.knows(word)]
    if unknown:
        raise ValueError(f"Expected words that COMMON knows, found {', '.join(unknown)}.")
    return LabelMapping({word: COMMON.meaning(word) for word in words})


def read_mapping(path: Path) -> dict[str, Meaning | None]:
    """Read somebody's own mapping: YAML, a dataset's word in each line.

        Nodule/Mass: Lung Lesion
        Infiltration: {finding: Lung Opacity, relation: narrower}    # exact, narrower or near
        Calcification: null                                          # none of CheXpert's findings

    Raises:
        InputError: it is no such file, maps a word twice, or to something that is none of CheXpert's findings.
    """
    content = read_yaml(path, "a mapping of labels")
    seen: dict[str, str] = {}
    for word in content:
        if plain(word) in seen:
            raise InputError(
                f"Expected each label once in {path.name}, found {seen[plain(word)]!r} and {word!r}; keep one of them."
            )
        seen[plain(word)] = word
    return {word: _meaning(value, f"{word[:_SHOWN]!r} in {path.name}") for word, value in content.items()}


def _meaning(value: Any, where: str) -> Meaning | None:
    if value is None:
        return None
    entry = value if isinstance(value, Mapping) else {"finding": value}
    finding, relation = known_finding(entry.get("finding")), entry.get("relation", "exact")
    if finding is None:
        raise InputError(
            f"Expected one of CheXpert's findings for {where}, found {str(entry.get('finding'))[:_SHOWN]!r}; "
            f"expected one of {', '.join(FINDINGS)}, or null."
        )
    if relation not in RELATIONS or set(entry) - {"finding", "relation"}:
        found = relation if relation not in RELATIONS else ", ".join(map(str, entry))
        raise InputError(
            f"Expected finding and relation ({', '.join(RELATIONS)}) for {where}, found {str(found)[:_SHOWN]!r}."
        )
    return Meaning(finding, relation)
