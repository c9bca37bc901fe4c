"""What is known about the outputs of the active models: the profiles beside their weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_cache.errors import InputError

if TYPE_CHECKING:
    from evaluation.trust.profile import Profile
    from evaluation.trust.quality import QualityReference
    from ui.engine import Models
    from ui.settings import Settings

NO_PROFILE = (
    "There is no profile for these weights, so nothing is calibrated; `python -m evaluation profile` makes one."
)
NO_TRAINING = (
    "Nothing is known about the images that the model was trained on; `python -m evaluation profile` notes it."
)


@dataclass(frozen=True)
class Profiles:
    """Profiles by the model's key; None with a note where there is none.

    Attributes:
        of: the profiles.
        notes: why there is none.
    """

    of: "Mapping[str, Profile | None]"
    notes: Mapping[str, str]

    @property
    def quality(self) -> "tuple[QualityReference, str] | None":
        """What training images look like, and whose they are, from the first profile that says so."""
        found = (profile for profile in self.of.values() if profile is not None and profile.quality is not None)
        return next(((p.quality, p.quality_data) for p in found if p.quality is not None), None)

    def reference(self, key: str) -> "QualityReference | None":
        """What the training images of a model look like; None where nobody noted it."""
        profile = self.of.get(key)
        return profile.quality if profile is not None else None


def load_profiles(settings: "Settings", models: "Models") -> Profiles:
    """Read the profiles of the active models; a wrong one counts as none, with its sentence as the note."""
    from evaluation.trust.profile import find_profile

    of: dict[str, Profile | None] = {}
    notes: dict[str, str] = {}
    for key, model in models.items():
        try:
            of[key] = find_profile(settings.models[key], model.info)
            notes[key] = "" if of[key] else NO_PROFILE
        except InputError as error:
            of[key], notes[key] = None, str(error)
    return Profiles(of, notes)
