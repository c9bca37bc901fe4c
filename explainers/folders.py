"""The layout of one folder a case (see `outputs`): every file is written as soon as it is known, predictions last."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from data_cache.store import DamagedFile
from explainers import outputs
from explainers.explanation import Explanation
from explainers.layouts import Missing
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair

if TYPE_CHECKING:
    from data_cache.case import Case
    from explainers.runner import Plan


class Folders:
    """OUT/<case id>/<name>.safetensors and OUT/<case id>/prediction.json; see `layouts.Layout`.

    Args:
        plan: what is wanted, and where.
        say: told one sentence about each damaged file.
    """

    def __init__(self, plan: "Plan", say: Callable[[str], None]) -> None:
        self._plan, self._say = plan, say

    def missing(self, case: "Case") -> Missing:
        """What of a case no file holds yet, by name of the map and by key of the model."""
        image = outputs.image_sha256(case)
        maps = tuple(name for name in self._plan.parameters if not self._is_stored(case.id, name, image))
        kept = self._stored_predictions(case.id, image)
        models = tuple(key for key in self._plan.models if outputs.section_of(key) not in kept)
        return Missing(image, maps, models, kept)

    def keep(self, case: "Case", missing: Missing, explanation: Explanation) -> None:
        """Write one explanation to its file."""
        path = self._plan.out / case.id / outputs.file_name(explanation.name)
        outputs.write_explanation(path, explanation, self._wanted(explanation.name, missing.image))

    def finish(
        self,
        case: "Case",
        missing: Missing,
        runs: Mapping[str, ModelRun],
        seconds: float,
        remarks: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Write `prediction.json`: what is new beside what still holds."""
        sections = ((key, outputs.prediction_section(runs[key], missing.image)) for key in missing.predictions)
        new = {key: {**section, **remarks.get(key, {})} for key, section in sections}
        outputs.write_predictions(self._plan.out / case.id, missing.kept, new)

    def refuse(self, case: "Case", reason: str) -> None:
        """It is said, and that is all."""

    def settle(self) -> None:
        """Everything is written already."""

    def close(self) -> None:
        """As above."""

    def _wanted(self, name: str, image: str) -> dict[str, str]:
        pair = parse_pair(name)
        return outputs.identity(pair.method, self._plan.parameters[name], self._plan.infos[pair.model], image)

    def _is_stored(self, case_id: str, name: str, image: str) -> bool:
        file = outputs.file_name(name)
        try:
            return outputs.is_stored(self._plan.out / case_id / file, self._wanted(name, image))
        except DamagedFile:
            self._say(f"{case_id}: {file} is damaged and is computed again.")
            return False

    def _stored_predictions(self, case_id: str, image: str) -> dict[str, Any]:
        try:
            return outputs.stored_predictions(self._plan.out / case_id, self._plan.infos, image)
        except DamagedFile:
            self._say(f"{case_id}: {outputs.PREDICTION} is damaged and is computed again.")
            return {}
