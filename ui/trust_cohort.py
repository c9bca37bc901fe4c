"""A cohort's trust results for the tab: what `evaluation trust` and `evaluation probabilities` wrote, as plain JSON.

Runs over the same images, or the first of them, are shown together. Each is a folder, or a ZIP archive of one, with
cases.csv, summary.csv, verdicts.csv and, by model, the tables of probabilities in KEY/reliability.csv,
KEY/selective.csv, KEY/calibration.csv and KEY/sensitivity.csv; a ":" of a key is "+" there.
"""

import json
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.trust.base import Check
from explainers.pairs import pair_of_name, shown_masks
from models.choosing import in_registry_order
from models.registry import find_model
from ui.trust_content import plain

_DEMO = Path(__file__).parents[1] / "data_cache" / "demo"
BUNDLED = (_DEMO / "trust-test.zip", _DEMO / "trust-families-test.zip")
_PROBABILITIES = ("reliability.csv", "selective.csv", "calibration.csv", "sensitivity.csv")
_WORST = 12
Json = dict[str, Any]
_Value = tuple[str, str, float]  # case, finding, value


_TEXTS = frozenset(
    {
        "check",
        "method",
        "case",
        "patient",
        "finding",
        "metric",
        "setting",
        "reason",
        "reasons",
        "when",
        "words",
        "passed",
    }
)


class _Results:
    """The files of one run, by name."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.name = place.name

    def folders(self) -> list[str]:
        """Names of the folders that hold tables of probabilities."""
        if self._place.is_dir():
            names = [path.relative_to(self._place) for path in sorted(self._place.glob("*/*.csv"))]
        else:
            with zipfile.ZipFile(self._place) as archive:
                names = [Path(name) for name in archive.namelist()]
        return list(
            dict.fromkeys(name.parts[0] for name in names if len(name.parts) == 2 and name.name in _PROBABILITIES)
        )

    def table(self, name: str) -> pd.DataFrame:
        """Read a table, its numbers as float64, NaN where a field is empty; an empty one where there is none."""
        try:
            if self._place.is_dir():
                table = pd.read_csv(self._place / name, dtype=str, keep_default_na=False)
            else:
                with zipfile.ZipFile(self._place) as archive, archive.open(name) as file:
                    table = pd.read_csv(file, dtype=str, keep_default_na=False)
        except (KeyError, FileNotFoundError):
            return pd.DataFrame()
        for column in table.columns.difference(sorted(_TEXTS)):
            table[column] = pd.to_numeric(table[column], errors="coerce")
        return table


def read_cohort(places: Sequence[Path], checks: Mapping[str, Check]) -> Json | None:
    """Return everything that the tab shows of a cohort, and {"measured": (images, labels of models) of each run}.

    Args:
        places: of runs with different methods; those that are not there are left out.
        checks: the registry's.

    Returns:
        None where nothing is there.

    Raises:
        InputError: a place is no folder of results.
    """
    runs = [_Results(place) for place in places if place.exists()]
    if not runs:
        return None
    tables = [_tables(run) for run in runs]
    cases, summary = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    row = ["check", "metric", "setting", "method"]  # what each run says of the images alone counts once
    cases, summary = cases.drop_duplicates([*row, "case", "finding"]), summary.drop_duplicates(row)
    ids = list(dict.fromkeys(cases["case"]))
    of = {_key(folder): run for run in runs for folder in run.folders()}
    return {
        "n": _images(cases),
        "cases": ids,
        "groups": _groups(cases, summary, checks, ids),
        "verdicts": [one for run in runs for one in _verdicts(run.table("verdicts.csv"), checks)],
        "models": [_model(of[key], key) for key in in_registry_order(of)],
        "measured": [(_images(rows), _explained(rows["method"])) for rows, _ in tables],
    }


def _tables(run: _Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a run says of cases, and its summary."""
    cases, summary = run.table("cases.csv"), run.table("summary.csv")
    if not {"check", "method", "metric", "setting", "case", "value"} <= set(cases.columns) or summary.empty:
        raise InputError(f"Expected cases.csv and summary.csv of `evaluation trust` in {run.name}, found none.")
    return cases, summary


def _images(cases: pd.DataFrame) -> int:
    """How many images there are rows of; what is asked once of all of them names none."""
    return int(cases.loc[cases["case"] != "", "case"].nunique())


def _explained(methods: Iterable[str]) -> list[str]:
    """Labels of the models whose maps these are, in the registry's order."""
    pairs = map(pair_of_name, dict.fromkeys(methods))
    return [_model_label(key)[0] for key in in_registry_order({pair.model for pair in pairs if pair})]


def selective(cohort: Json | None) -> Json:
    """What is answered at each τ, {model's key: {finding: {thresholds, coverage, risk, n}}}."""
    return {} if cohort is None else {model["key"]: model["selective"] for model in cohort["models"]}


def _groups(cases: pd.DataFrame, summary: pd.DataFrame, checks: Mapping[str, Check], ids: list[str]) -> list[Json]:
    place = {case: i for i, case in enumerate(ids)}
    values = _defined(cases)
    rows_of: dict[tuple[str, str, str], list[Mapping[Any, Any]]] = {}
    for row in summary.to_dict("records"):
        rows_of.setdefault((row["check"], row["metric"], row["setting"]), []).append(row)
    groups = []
    for (key, metric, setting), rows in rows_of.items():
        check = checks.get(key)
        if check is None or metric not in check.metrics:
            continue
        meant = check.metrics[metric]
        groups.append(
            {
                "check": key,
                "check_label": check.label,
                "metric": meant.label,
                "setting": setting,
                "words": meant.words,
                "better": meant.better,
                "rows": [
                    _row(row, values.get((key, metric, setting, row["method"]), []), place, meant.better)
                    for row in rows
                ],
            }
        )
    return groups


def _defined(cases: pd.DataFrame) -> dict[tuple[str, ...], list[_Value]]:
    """The values of cases that there are, by check, metric, setting and method, in the order of the rows."""
    names = ("check", "metric", "setting", "method", "case", "finding", "value")
    found: dict[tuple[str, ...], list[_Value]] = {}
    for *key, case, finding, value in zip(*(cases[name].tolist() for name in names), strict=True):
        if not math.isnan(value):
            found.setdefault(tuple(key), []).append((case, finding, value))
    return found


def _row(row: Mapping[Any, Any], known: list[_Value], place: Mapping[str, int], better: str) -> Json:
    method = row["method"]
    worst = sorted(known, key=lambda one: one[2], reverse=better == "low")[:_WORST]
    numbers = {name: plain(float(row[name])) for name in ("mean", "sd", "low", "high", "q05", "q50", "q95")}
    return {
        "method": method,
        "label": _label(method),
        "shown_masks": shown_masks(method),
        "n": int(row["n"]),
        "undefined": int(row["undefined"]),
        "reasons": row["reasons"],
        **numbers,
        "values": [round(value, 5) for _, _, value in known],
        "worst": [[place[case], finding, value] for case, finding, value in worst],
    }


def _label(name: str) -> str:
    """What a row is of: a method and model, a model, or the image where it has no name."""
    pair = pair_of_name(name)
    if pair is not None:
        return f"{pair.label} (shown masks)" if pair.supervision == "masks" else pair.label
    return _model_label(name)[1] or "the image"


def _model_label(key: str) -> tuple[str, str]:
    """Label and short label of a model; the key itself where nobody knows it."""
    try:
        entry = find_model(key)
    except InputError:
        return key, key
    return entry.label, entry.short


def _key(folder: str) -> str:
    return folder.replace("+", ":")


def _verdicts(table: pd.DataFrame, checks: Mapping[str, Check]) -> list[Json]:
    return [
        {
            "check": checks[row["check"]].label,
            "method": _label(row["method"]),
            "passed": str(row["passed"]).lower() == "true",
            "words": row["words"],
        }
        for row in table.to_dict("records")
        if row["check"] in checks
    ]


def _model(results: _Results, key: str) -> Json:
    reliability, selective, calibration, sensitivity = (
        results.table(f"{key.replace(':', '+')}/{name}") for name in _PROBABILITIES
    )
    return {
        "key": key,
        "label": _model_label(key)[0],
        "reliability": _by_finding(reliability, _reliability),
        "selective": _by_finding(selective, _selective),
        "calibration": _calibration(calibration),
        "sensitivity": _sensitivity(sensitivity),
    }


def _by_finding(table: pd.DataFrame, of: Any) -> Json:
    if table.empty:
        return {}
    return {finding: of(rows) for finding, rows in table.groupby("finding", sort=False) if finding in FINDINGS}


def _reliability(rows: pd.DataFrame) -> Json:
    some = rows[rows["n"] > 0]
    return {
        when: {
            "predicted": part["predicted"].tolist(),
            "observed": part["observed"].tolist(),
            "low": part["observed_low"].tolist(),
            "high": part["observed_high"].tolist(),
            "n": part["n"].tolist(),
        }
        for when, part in some.groupby("when", sort=False)
    }


def _selective(rows: pd.DataFrame) -> Json:
    part = rows[rows["when"] == "after"] if (rows["when"] == "after").any() else rows
    return {
        "n": int(part["n"].iloc[0]),
        "thresholds": part["threshold"].tolist(),
        "coverage": [plain(value) for value in part["coverage"]],
        "risk": [plain(value) for value in part["risk"]],
    }


def _calibration(table: pd.DataFrame) -> list[Json]:
    return [] if table.empty else _json_rows(table[table["contrast"] == 1])


def _sensitivity(table: pd.DataFrame) -> list[Json]:
    return _json_rows(table)


def _json_rows(table: pd.DataFrame) -> list[Json]:
    return [] if table.empty else list(json.loads(table.to_json(orient="records", double_precision=6)))
