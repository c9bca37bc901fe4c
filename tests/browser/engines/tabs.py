"""The other tabs: charts of Benchmark and Trust, a folder that is sorted."""

from tests.browser.engines.page import CheckError
from tests.browser.engines.visit import Check, Visit

_CHARTS = """[...document.querySelectorAll(".plot-chart")].filter((one) => one.checkVisibility())
    .map((one) => one.querySelectorAll(".plot svg path").length)"""


_INTO_SIGHT = """[...document.querySelectorAll(".plot-chart")].find((one) => one.checkVisibility())
    .scrollIntoView({ block: "center" })"""


def turn_to(visit: Visit, name: str) -> None:
    """Choose a tab."""
    visit.page.run(
        """const found = [...document.querySelectorAll("[role=tab]")].filter((one) => one.checkVisibility())
            .find((one) => one.innerText.trim() === given[0]);
        if (!found) throw new Error(`no tab ${given[0]}`);
        found.click();""",
        name,
    )


def _charted(visit: Visit, name: str) -> str:
    turn_to(visit, name)
    visit.page.wait("[...document.querySelectorAll('.plot-chart')].some((one) => one.checkVisibility())", within=60)
    visit.page.run(_INTO_SIGHT)
    visit.page.wait(f"({_CHARTS}).some((paths) => paths > 3)", within=60, what=f"a chart in {name}")
    visit.page.run("await new Promise((done) => setTimeout(done, 500))")
    visit.shoot(name.lower())
    return f"{len(visit.view(_CHARTS))} charts"


def benchmark(visit: Visit) -> str:
    """Its table and a chart."""
    return _charted(visit, "Benchmark")


def trust(visit: Visit) -> str:
    """Its tables and a chart."""
    return _charted(visit, "Trust")


def about(visit: Visit) -> str:
    """What is said of the models."""
    turn_to(visit, "Models and about")
    visit.page.wait("document.querySelector('.about article')?.checkVisibility()", within=60, what="words on models")
    turn_to(visit, "Explore")
    return "read"


def sorting(visit: Visit) -> str:
    """A folder, computed where the visitor chose."""
    turn_to(visit, "Sort a folder")
    page, rows = visit.page, "[...document.querySelectorAll('*')].map((one) => one.sorting).find(Boolean).rows"
    page.wait("document.querySelector('.sorting input[webkitdirectory]')", within=60)
    page.folder(".sorting input[webkitdirectory]", visit.folder)
    page.wait(f"{rows}.length === 2 && {rows}.every((row) => row.opinions || row.error)", within=60, what="two rows")
    wrong = [row["error"] for row in visit.view(rows) if row.get("error")]
    visit.shoot("sorted")
    turn_to(visit, "Explore")
    if wrong:
        raise CheckError("; ".join(wrong))
    return "two films"


TABS = (Check("Benchmark", benchmark), Check("Trust", trust), Check("Models and about", about))
SORTING = (Check("Sort a folder", sorting),)
