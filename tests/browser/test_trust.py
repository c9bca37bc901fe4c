"""The tab Trust in a browser, with the bundled phantoms and demonstration weights."""

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(
    "maps", [("Grad-CAM",), pytest.param(("Raw patch map", "Grad-CAM"), marks=pytest.mark.thorough)]
)
def test_the_checks_of_the_open_case(demo_visit: Page, maps: tuple[str, ...]) -> None:
    page = demo_visit
    page.get_by_role("tab", name="Trust").click()
    trust = page.locator(".trust")
    expect(trust.locator(".opinion")).to_have_count(2)
    expect(trust.locator(".opinion .big").first).to_have_text(re.compile(r"[01<>].*±"))
    trust.locator(".pairs input:enabled:checked").evaluate_all("(all) => all.forEach((box) => box.click())")
    for name in maps:  # of one model each
        trust.locator(".pairs").get_by_label(name, exact=True).check()
    trust.get_by_role("button", name="Run the checks").click()
    expect(trust.locator(".case-bar .count")).to_have_text(re.compile(r"(\d+) of \1 checks done"))
    charts = trust.get_by_label("Deletion and insertion", exact=True).locator(".plot-chart")
    expect(charts).to_have_count(2 * len(maps))
    drawn = 0
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".scatterlayer .trace").first).to_be_attached()
        drawn += chart.locator(".scatterlayer .trace").count()
    assert drawn == 2 * len(maps)
    said = "Raw patch map" if "Raw patch map" in maps else "not possible for any of the chosen maps"
    expect(trust.get_by_label("Exactness of the patch map", exact=True)).to_contain_text(said)
