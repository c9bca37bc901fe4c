"""Sort a folder in a browser, with two bundled phantoms, a text and a damaged picture in one folder."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from data_cache.demo import bundled_cases

ALIGNED = "cells => cells.map((cell) => getComputedStyle(cell).textAlign)"
LEFT = """all => all.map((one) => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return Math.round(words.getBoundingClientRect().left);
})"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, case in enumerate(bundled_cases()[:2]):
        assert case.image_path is not None
        shutil.copy(case.image_path, tmp_path / f"MEIER_HANS_{number}.jpg")
    (tmp_path / "MEIER letter.txt").write_text("Dear colleague")
    (tmp_path / "MEIER.png").write_bytes(b"\x89PNG\r\n\x1a\ncut short")
    return tmp_path


@pytest.fixture
def view(demo_visit: Page, folder: Path) -> Locator:
    """The tab, in which the folder was sorted."""
    demo_visit.get_by_role("tab", name="Sort a folder").click()
    view = demo_visit.locator(".sorting")
    view.locator("input[webkitdirectory]").set_input_files(str(folder))
    expect(view.get_by_role("status")).to_have_text("4 of 4 images.")
    return view


def test_a_folder_is_sorted_under_numbers_and_saved(demo_visit: Page, view: Locator) -> None:
    page = demo_visit
    apart = view.get_by_role("region", name="Cannot be read or assessed")
    expect(apart.locator("tbody tr")).to_have_count(2)
    expect(apart).to_contain_text("found one that is cut short or damaged")
    expect(apart.locator(".reason").first).to_have_text(re.compile("^Expected|^Not a radiograph"))
    tops = view.locator(".fields > *").evaluate_all("all => all.map((one) => one.getBoundingClientRect().bottom)")
    assert max(tops) - min(tops) < 20  # all in one row
    expect(apart).to_contain_text("Not a radiograph: this is a text file.")
    read = view.locator(".sort-group:not(.apart) tbody tr")
    expect(read).to_have_count(2)
    expect(read.first.locator(".number")).to_have_count(2)
    assert len(set(view.locator(":is(thead th[data-model], td.number):visible").evaluate_all(ALIGNED))) == 1
    assert len(set(view.locator("thead th:nth-child(2):visible").evaluate_all(LEFT))) == 1  # in all groups
    page.set_viewport_size({"width": 390, "height": 844})
    assert len(set(read.first.locator("th button, .reason").evaluate_all(LEFT))) == 1
    page.set_viewport_size({"width": 1440, "height": 900})
    assert "MEIER" not in page.content()
    with page.expect_download() as saved:
        view.get_by_role("button", name="Save as CSV").click()
    text = saved.value.path().read_text("utf-8-sig")
    assert len(text.splitlines()) == 5 and "MEIER" not in text and "Not for diagnosis" in text
    view.get_by_role("button", name="Show file names").click()
    expect(read.first).to_contain_text("MEIER_HANS")


# test_visit.py has the way back and forward through tabs, and the opening of files, in the ordinary run.
@pytest.mark.thorough
def test_a_sorted_file_is_opened_and_the_way_back_leads_to_the_folder(demo_visit: Page, view: Locator) -> None:
    page = demo_visit
    read = view.locator(".sort-group:not(.apart) tbody tr")
    view.get_by_role("combobox", name="Show").select_option("apart")
    expect(view.locator("tbody tr")).to_have_count(2)
    view.get_by_role("combobox", name="Show").select_option("all")
    read.first.get_by_role("button").click()
    page.wait_for_function("() => globalThis.explorerShown?.key.startsWith('upload')")
    expect(page.get_by_role("tab", name="Explore")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("tab", name="Sort a folder")).to_have_attribute("aria-selected", "true")
    expect(read).to_have_count(2)
    page.go_forward()
    expect(page.get_by_role("tab", name="Explore")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => globalThis.explorerShown?.key.startsWith('upload')")
