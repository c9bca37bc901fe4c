"""What the tabs Benchmark, Trust and "Models and about" of a site are told: the page's own messages, as files."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_cache.errors import InputError
from data_cache.geometry import Alignment
from evaluation.ceilings import ALIGNMENTS
from ui.about import About, card_pages
from ui.benchmark import Benchmark, Message, Visitor
from ui.benchmark import config as benchmark_config
from ui.benchmark_cohorts import Cohorts
from ui.catalogue import Catalogue
from ui.device.runtime import charts_library
from ui.engine import Engine
from ui.page_files import plotly
from ui.protocol.about import AboutContent
from ui.protocol.benchmark import BenchmarkConfig, BenchmarkMessage
from ui.protocol.sending import message
from ui.protocol.trust import TrustConfig, TrustMessage
from ui.session import Session
from ui.settings import Settings
from ui.static.curves import tightened
from ui.static.files import PAGE, Files
from ui.texts import SITE_MUST_NOT, SITE_PRIVACY
from ui.trust import Trust
from ui.trust_tab import trust_config
from ui.trust_visit import Visit
from ui.visits import Visits

_CHARTS, _WHOLE = "the charts' library", "all of plotly (`python -m ui.device fetch` brings what the page draws with)"


def write_charts_library(files: Files, folder: Path) -> str:
    """Write the charts' library: what `python -m ui.device fetch` brought, else all of plotly; returns its address."""
    brought = charts_library(folder)
    with files.part(_CHARTS if brought else f"{_CHARTS}, {_WHOLE}"):
        return files.write(brought or plotly().content, ".js", PAGE)


def write_benchmark(
    files: Files, catalogue: Catalogue, engine: Engine, settings: Settings, ids: Collection[str]
) -> Any:
    """Write the cohorts whose curves are there; one that would have to be worked out is left out.

    Args:
        files: of the site.
        catalogue, engine, settings: as the app has them.
        ids: of the cases that Explore can open on the site.

    Returns:
        `config`, the address of what the tab is told once, and `cohorts`, of what it is told of each, by the cohort's
        key and alignment with a slash between them.
    """
    cohorts = Cohorts(settings)
    told = benchmark_config(cohorts, settings)
    ready = [one for one in told["cohorts"] if all(cohorts.is_ready(one["key"], each) for each in ALIGNMENTS)]
    library = write_charts_library(files, settings.device_runtime)
    config = message(BenchmarkConfig, **{**told, "cohorts": ready, "plotly": library})
    tab, shown = Benchmark(cohorts, catalogue, engine, files), {}
    for key in (one["key"] for one in ready):
        curves = _curves(files, cohorts, key)
        for alignment in ALIGNMENTS:
            *_, last = tab.show(Visitor(), key, alignment)
            shown[f"{key}/{alignment}"] = files.value(_settled(last, ids, curves[alignment]))
    return {"config": files.value(config), "cohorts": shown}


def _curves(files: Files, cohorts: Cohorts, key: str) -> dict[Alignment, Any]:
    """A cohort's curves as files, by alignment: the first, and beside it the others."""
    laid: dict[Alignment, Any] = {}
    base, beside = None, ""
    for alignment in ALIGNMENTS:
        content = cohorts.curves(key, alignment)
        if not isinstance(content, bytes):
            raise InputError(f"Expected the curves of {key}, which are being made: write the site again.")
        laid[alignment] = files.lay_out(tightened(content, base, beside), "curves.bin")
        if base is None:
            base, beside = content, laid[alignment]["url"]
    return laid


def _settled(shown: Message, ids: Collection[str], curves: Any) -> Message:
    """A cohort with a way into those cases alone that are on the site, and its curves as the site has them."""
    cohort = shown["cohort"]
    known = [case for case in cohort["openable"] if case in ids]
    return message(BenchmarkMessage, **{**shown, "cohort": {**cohort, "openable": known, "file": curves}})


class TrustTab:
    """Writes what the tab Trust is told, a case after the other.

    Args:
        files: of the site.
        engine, settings: as the app has them.
    """

    def __init__(self, files: Files, engine: Engine, settings: Settings) -> None:
        self._files, self._engine, self._settings = files, engine, settings
        self._trust = Trust(engine, settings, lambda png: files.lay_out(png, "picture.png"))
        self._cases: dict[str, str] = {}

    def take(self, case_id: str, session: Session) -> None:
        """Write what is said of the open case before any check.

        Raises:
            InputError: that is an error.
        """
        *_, last = self._trust.assess(Visit(), session)
        if last.get("error"):
            raise InputError(last["error"])
        settled = {**last, "serial": case_id, "assessed": {**last["assessed"], "pairs": []}}
        self._cases[case_id] = self._files.value(message(TrustMessage, **settled))

    def told(self) -> Any:
        """Return the addresses: `config` of what the tab is told once, `cases` of what it is told of each, by id."""
        library = write_charts_library(self._files, self._settings.device_runtime)
        config = {**trust_config(self._engine.keys), "plotly": library}
        return {"config": self._files.value(message(TrustConfig, **config)), "cases": self._cases}


def write_about(files: Files, catalogue: Catalogue, engine: Engine, settings: Settings) -> Any:
    """Write what "Models and about" shows; returns `content`, an address, and `cards`, that of HTML."""
    told = About(catalogue, engine, replace(settings, fetch=False), Visits(0)).content()
    content = message(AboutContent, **{**told, "must_not": SITE_MUST_NOT, "privacy": SITE_PRIVACY})
    return {"content": files.value(content), "cards": files.write(card_pages().encode(), ".html")}
