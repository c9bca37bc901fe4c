"""Writing a site: into a new folder beside it, which takes its place once all is there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from data_cache.errors import InputError
from explainers.pairs import parse_pair
from ui.catalogue import Catalogue
from ui.config import viewer_config
from ui.engine import Engine
from ui.protocol.sending import message
from ui.protocol.sorting import SortConfig
from ui.protocol.viewer import CaseRow, ViewerConfig
from ui.session import Session
from ui.settings import Settings
from ui.sort_tab import sort_config
from ui.static.card import card
from ui.static.cases import Told, cheap_names, picture, without_embeddings
from ui.static.device import device_told, write_device
from ui.static.files import Files
from ui.static.placing import beside
from ui.static.shell import write_shell
from ui.static.tabs import TrustTab, write_about, write_benchmark

_ACCEPT = ".png,.jpg,.jpeg,.webp,.dcm,.dicom,image/png,image/jpeg,image/webp"  # what devices read
Json = dict[str, Any]
Step = Callable[[str], object]  # called with each case that is done


def chosen_ids(catalogue: Catalogue, wanted: str) -> list[str]:
    """Ids of the cases of a site, in the order of the list.

    Args:
        catalogue: of the cases there are.
        wanted: a number, of the first of them; or ids separated by commas; or nothing, for all.

    Raises:
        InputError: there are none, or an id is unknown.
    """
    known = [row["id"] for row in catalogue.rows()]
    if not wanted:
        return known
    if wanted.isdecimal():
        if int(wanted) < 1:
            raise InputError("Expected at least one case, found 0: give --cases a larger number.")
        return known[: int(wanted)]
    asked = [one for one in (part.strip() for part in wanted.split(",")) if one]
    if unknown := [one for one in asked if one not in known]:
        raise InputError(
            f"Expected ids of cases, found {unknown[0]}, which is none of the {len(known)} that there are."
        )
    return [one for one in known if one in asked]


def write_site(
    place: Path, catalogue: Catalogue, engine: Engine, settings: Settings, ids: Sequence[str], step: Step
) -> Files:
    """Write a site; one that lies there goes once the new one is whole.

    Args:
        place: its folder: new, empty, or such a site.
        catalogue, engine, settings: as the app has them.
        ids: of the cases, as `chosen_ids` gives them.
        step: called after each case.

    Raises:
        InputError: something else lies there, a case cannot be read, or the weights cannot be used.
    """
    with beside(place) as folder:
        files = Files(folder)
        told, trust = Told(catalogue, engine, files), TrustTab(files, engine, settings)
        cases, pictures = {}, {}
        with files.part("cases"):
            for case_id in ids:
                session = Session()
                cases[case_id] = files.value(told.case(session, case_id))
                trust.take(case_id, session)
                if (address := picture(catalogue, case_id, files)) is not None:
                    pictures[case_id] = address
                step(case_id)
        rows = [CaseRow.model_validate(row).content() for row in catalogue.rows() if row["id"] in cases]
        first = files.value(site_config(settings, engine)), files.value(rows)
        with files.part("the tabs besides Explore"):
            tabs = {"trust": trust.told(), "about": write_about(files, catalogue, engine, settings)}
        with files.part("the Benchmark's cohorts"):
            tabs["benchmark"] = write_benchmark(files, catalogue, engine, settings, ids)
        site = {
            **{"viewer": first[0], "rows": first[1], "cases": cases, "pictures": pictures, **tabs},
            **write_devices(files, engine, settings),
        }
        write_shell(files, engine.keys, site, first)
        files.named("README.md", card(len(ids)).encode())
        return files


def write_devices(files: Files, engine: Engine, settings: Settings) -> Json:
    """Write what visitors' own devices compute with, and what they are told of sorting a folder there."""
    if settings.device == "off":
        return {"device": None}
    sorting = message(SortConfig, **{**sort_config(engine.keys, settings.device), "accept": _ACCEPT})
    return {"device": write_device(files, device_told(engine, settings), settings), "sort": files.value(sorting)}


def site_config(settings: Settings, engine: Engine) -> Json:
    """The viewer's configuration without what needs Python: methods that have no maps, parameters, finer steps."""
    config = viewer_config(settings)
    there = {parse_pair(name).method for name in cheap_names(engine.models())}
    kept = [{**one, "parameters": [], "refines": None} for one in config["methods"] if one["key"] in there]
    models = [without_embeddings(model) for model in config["models"]]
    return message(ViewerConfig, **{**config, "methods": kept, "models": models, "steps": [1], "accept": _ACCEPT})
