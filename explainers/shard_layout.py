"""The layout of blocks with many cases each (see `shards`), for runs whose files would be millions."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from data_cache.errors import InputError
from explainers import outputs
from explainers.base import plain
from explainers.explanation import Explanation
from explainers.layouts import Missing
from explainers.ledger import Begun, Block, Ended, Ledger, Refused, Stored
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair
from explainers.runner import Plan, Tally, run_cases
from explainers.shard_index import Index, read_index
from explainers.shards import Blocks, Row, made_with
from explainers.sharing import Share
from models.capabilities import PATCH_LOGITS

if TYPE_CHECKING:
    from data_cache.case import Case


State = tuple[int, int]


@dataclass(frozen=True)
class Limits:
    """When a block is written, after whole batches: it has so many cases or bytes, or is so many seconds old.

    That much a kill can cost.
    """

    cases: int = 256
    bytes: int = 1 << 26
    seconds: float = 60.0


_USUAL = Limits()


class Shard:
    """OUT/<I>-of-<N>/; see `layouts.Layout`. What other shards of the folder hold already is not computed again.

    Args:
        plan: what is wanted, and where.
        share: which part of the cases this is.
        count: how many cases are in it.
        say: told one sentence about each damaged file.
        limits: when a block is written.

    Raises:
        InputError: another process writes this shard, or nothing can be written.
    """

    def __init__(
        self, plan: Plan, share: Share, count: int, say: Callable[[str], None], limits: Limits = _USUAL
    ) -> None:
        self._plan, self._limits = plan, limits
        self._maps = {name: _map_made_with(plan, name) for name in plan.parameters}
        self._sections = {outputs.section_of(key): key for key in plan.models}
        self._predictions = {
            section: outputs.prediction_identity(plan.infos[key]) for section, key in self._sections.items()
        }
        self._map_hashes = {name: made_with(made) for name, made in self._maps.items()}
        self._prediction_hashes = {section: made_with(made) for section, made in self._predictions.items()}
        folder = plan.out / share.name
        try:
            self._ledger = Ledger(folder)
            asked = {**self._map_hashes, **self._prediction_hashes}
            self._ledger.add(_begun(plan, share, count, self._predictions, asked))
            self._index = read_index(plan.out)
        except OSError as error:
            raise InputError(f"Expected to write results into {folder}, found {error.strerror or error}.") from error
        for broken in self._index.broken:
            say(f"{broken} is missing or damaged; its cases are computed again.")
        self._blocks = Blocks(folder, _next_number(self._index, share))
        self._rows: dict[str, list[tuple[Row, Stored]]] = {}
        self._arrays: dict[str, dict[str, NDArray]] = {}  # of cases under way
        self._states: dict[str, State] = {}
        self._began = self._settled = time.perf_counter()

    def missing(self, case: "Case") -> Missing:
        """Say what of a case no ledger has, made as is asked for and of the image as it is now."""
        stored = [] if case.id in self._index.refused else self._index.stored(case.id)  # until it is explained anew
        state = _state(case)
        image = _image_of(case, state, stored[-1][1] if stored else None)
        maps: dict[str, str] = {}
        predictions: dict[str, str] = {}
        for block, row in stored:  # the newest counts, and only if it is of this image
            same = row.image == image
            maps.update(block.maps if same else dict.fromkeys(block.maps, ""))
            predictions.update(block.predictions if same else dict.fromkeys(block.predictions, ""))
        unpredicted = [name for name, wanted in self._prediction_hashes.items() if predictions.get(name) != wanted]
        missing = Missing(
            image,
            tuple(name for name, wanted in self._map_hashes.items() if maps.get(name) != wanted),
            tuple(self._sections[section] for section in unpredicted),
            {},
        )
        if missing:
            self._states[case.id] = state
        return missing

    def keep(self, case: "Case", missing: Missing, explanation: Explanation) -> None:
        """Hold the maps of one method until the case is finished."""
        self._arrays.setdefault(case.id, {})[f"maps/{explanation.name}"] = np.array(explanation.maps, order="C")

    def finish(
        self,
        case: "Case",
        missing: Missing,
        runs: Mapping[str, ModelRun],
        seconds: float,
        remarks: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Take the predictions of a case whose maps were kept; it is written with its block, which has no remarks."""
        arrays = self._arrays.pop(case.id, {})
        sections = [outputs.section_of(key) for key in missing.predictions]
        for section in sections:
            run = runs[self._sections[section]]
            arrays[f"logits/{section}"] = np.array(run.logits)
            arrays[f"probabilities/{section}"] = expit(run.logits.astype(np.float64))
            if PATCH_LOGITS.of(run.model):
                arrays[f"patch_logits/{section}"] = np.array(run.patch_prediction.patch_logits)
        geometry = next(iter(runs.values())).geometry
        maps = {name: self._maps[name] for name in missing.maps}
        predictions = {section: self._predictions[section] for section in sections}
        row = Row(case.id, missing.image, geometry.height, geometry.width, arrays, maps, predictions)
        stored = Stored(case.id, missing.image, *self._states.pop(case.id), round(seconds, 4))
        self._rows.setdefault(row.kind, []).append((row, stored))

    def refuse(self, case: "Case", reason: str) -> None:
        self._arrays.pop(case.id, None)
        self._states.pop(case.id, None)
        if self._index.refused.get(case.id) != reason:
            self._ledger.add(Refused(written=time.time(), id=case.id, reason=reason))

    def settle(self) -> None:
        kept = [row for rows in self._rows.values() for row, _ in rows]
        if (
            len(kept) >= self._limits.cases
            or sum(row.bytes for row in kept) >= self._limits.bytes
            or time.perf_counter() - self._settled >= self._limits.seconds
        ):
            self._write()

    def close(self) -> None:
        self._write()
        self._ledger.add(Ended(seconds=round(time.perf_counter() - self._began, 3)))

    def release(self) -> None:
        """Let another process, or this one, write the shard; what was not written down by then is lost."""
        self._ledger.close()

    def _write(self) -> None:
        """Write a block of each kind of rows, then one line for each, all lines at once."""
        lines = []
        for rows in self._rows.values():
            first = rows[0][0]
            written = self._blocks.write([row for row, _ in rows])
            lines.append(
                Block(
                    **vars(written),
                    written=time.time(),
                    maps={name: self._map_hashes[name] for name in first.maps},
                    predictions={section: self._prediction_hashes[section] for section in first.predictions},
                    cases=[stored for _, stored in rows],
                )
            )
        if lines:
            self._ledger.add(*lines)
        self._rows.clear()
        self._settled = time.perf_counter()


def run_shard(
    cases: Sequence["Case"],
    plan: Plan,
    share: Share,
    say: Callable[[str], None],
    on_pass: Callable[[str], None] | None = None,
    on_case: Callable[[int], None] | None = None,
    limits: Limits = _USUAL,
    batch: int = 1,
) -> Tally:
    """Explain one share of all cases into OUT/<I>-of-<N>/; what array jobs, launchers and Ray call alike.

    Args:
        cases: all cases, the same for every share.
        plan, say, on_pass, on_case, batch: see `runner.run_cases`.
        share: which part is taken.
        limits: when a block is written.

    Raises:
        InputError: the plan fits no case, another process writes this shard, or nothing can be written.
    """
    plan.check()
    mine = share.of(cases)
    shard = Shard(plan, share, len(mine), say, limits)
    try:
        return run_cases(mine, plan, say, on_pass, on_case, shard, batch)
    finally:
        shard.release()


def _map_made_with(plan: Plan, name: str) -> dict[str, object]:
    pair = parse_pair(name)
    model = plan.models[pair.model]
    made = outputs.identity(pair.method, plan.parameters[name], model.info, "")
    del made["image_sha256"]
    return {
        **made,
        "model": model.info.id,
        "model_key": model.info.key,
        "resampling": pair.entry.view.resampling,
        "input_size": model.input_size,
    }


def _begun(
    plan: Plan, share: Share, count: int, models: Mapping[str, Mapping[str, str]], asked: Mapping[str, str]
) -> Begun:
    parameters = {name: plain(one) for name, one in plan.parameters.items()}
    return Begun(index=share.index, count=share.count, cases=count, parameters=parameters, models=models, asked=asked)


def _next_number(index: Index, share: Share) -> int:
    """Behind all blocks that the ledger speaks of, also those that are lost."""
    files = [path.name for path, _ in index.blocks if path.parent.name == share.name]
    files += [name for folder, _, name in (one.partition("/") for one in index.lost) if folder == share.name]
    return max((int(name.partition(".")[0]) + 1 for name in files), default=0)


def _image_of(case: "Case", state: State, stored: Stored | None) -> str:
    """The fingerprint of a case's image; of a file that has not changed, the one in the ledger."""
    if stored is not None and state == (stored.size, stored.modified) != (0, 0):
        return stored.image
    return outputs.image_sha256(case)


def _state(case: "Case") -> State:
    """Size and time of change of a case's file; zeros where there is none."""
    if case.image_path is None:
        return 0, 0
    try:
        status = case.image_path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return 0, 0
    return status.st_size, status.st_mtime_ns
