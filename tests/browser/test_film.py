"""The original on the screen: its own pixels at 1:1, its own values below the cross-hair, maps where they belong."""

import base64

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.stage import inline, make_case, make_message, mount, random_explanations, say
from ui.film import Film, packed
from ui.messages import reply

# How often the first map is drawn for each change of a setting.
_DRAWN = """(changes) => changes.map(([name, value]) => {
    times = 0;
    view.settings[name] = value;
    view.onSetting(name);
    view.draw();
    return times;
})"""
HEIGHT, WIDTH = 1200, 1600  # the models' square is 1200 wide, from column 200 on


def begin(page: Page) -> None:
    """Mount a viewer with two panes."""
    mount(page)
    page.evaluate("view.feature('panes').set(['radiograph', 'raw'])")


def answer(page: Page, film: Film, key: str) -> None:
    """Send the tiles that were asked for, as the server would."""
    page.wait_for_function("sent.some(([name]) => name === 'film')")
    for name, asked in page.evaluate("sent.splice(0)"):
        if name == "film":
            tiles = [(column, row) for column, row in asked["tiles"]]
            found = {"case": key, "level": asked["level"], "tiles": tiles, "problem": ""}
            found["packed"] = inline(packed(film.tiles(asked["level"], tiles)))
            page.evaluate("(m) => view.update(m)", reply(1, film=found))
    page.wait_for_function("view.feature('film').film.tiles.size > 0")
    page.evaluate("() => new Promise(requestAnimationFrame).then(() => view.paintFilm())")


def test_a_line_of_one_pixel_is_one_line_at_1_to_1_and_its_value_is_read(module_page: Page) -> None:
    page = module_page
    pixels = np.full((HEIGHT, WIDTH), 40 / 255, np.float32)
    pixels[:, 801] = 1.0
    pixels[600, :] = 200 / 255
    pixels[603, 804] = 123 / 255
    case = make_case(pixels=pixels)
    begin(page)
    say(page, make_message(case, random_explanations(names=["raw"])))
    page.wait_for_function("view.painter.film && view.plain.device[0] > 0")
    page.evaluate("() => { view.feature('zoom').actual(); view.paintFilm(); }")
    answer(page, Film(case.read().film), case.id)
    shown, number = page.evaluate("""() => {
        const { base, device: [width, height] } = view.plain;
        const { data } = base.getContext("2d").getImageData(0, 0, width, height);
        const reds = data.filter((_, i) => i % 4 === 0).reduce((text, red) => text + String.fromCharCode(red), "");
        return [[width, height, btoa(reds)], view.feature("zoom").shown.textContent];
    }""")
    width, height, greys = shown
    picture = np.frombuffer(base64.b64decode(greys), np.uint8).reshape(height, width)
    assert number == "100 %"
    np.testing.assert_array_equal(np.flatnonzero(picture[0] != 40).size, 1)
    assert picture[0].max() == 255
    (column,), (row,) = np.flatnonzero(picture[0] == 255), np.flatnonzero(picture[:, 0] == 200)
    left, top = 801 - column, 600 - row  # which pixel of the original is the first
    np.testing.assert_array_equal(
        picture, np.rint(255 * pixels[top : top + height, left : left + width])
    )  # every pixel of the screen is one of the original
    scale = 512 / 1200
    words = page.evaluate(
        f"""() => {{ const cross = view.cross; cross.point = {{ x: (804.5 - 200) * {scale}, y: 603.5 * {scale} }};
        return `${{cross.place()}} · ${{cross.valueWords()}}`; }}"""
    )
    assert words == "x 804, y 603 · stored value 123"


def test_the_models_square_and_maps_lie_on_the_right_pixels_of_the_original(module_page: Page) -> None:
    """The map's canvas covers columns 200 to 1400 of the original, in screen coordinates, within half a view pixel."""
    page = module_page
    page.evaluate("() => { view.feature('zoom').fit(); view.placePanes(); }")
    lay = page.evaluate("""() => {
        const { canvas, stage } = view.panes[0];
        const [map, box] = [canvas.getBoundingClientRect(), stage.getBoundingClientRect()];
        return [(map.left - box.left) / box.width, (map.right - box.left) / box.width,
                (map.top - box.top) / box.height, (map.bottom - box.top) / box.height];
    }""")
    expected = np.array([200, 1400, 200, 1400]) / 1600  # 200 above and below: a square pane shows all of the width
    np.testing.assert_allclose(lay, expected, atol=0.5 * 1200 / 512 / 1600)
    page.evaluate("() => { view.feature('film').turn(); view.placePanes(); }")
    assert page.evaluate("[view.view.x, view.view.y, view.view.size]") == [0, 0, 512]  # what the models see
    page.evaluate("() => view.feature('film').turn()")


@pytest.mark.thorough
def test_maps_are_drawn_again_where_panes_change_their_size(module_page: Page) -> None:
    """WebKit forgets what a canvas holds once its place on the page is another; Chromium does not need it."""
    page = module_page
    begin(page)
    say(page, make_message(make_case(), random_explanations(names=["raw"])))
    page.evaluate("""async () => {
        const frames = (n) => n ? new Promise(requestAnimationFrame).then(() => frames(n - 1)) : null;
        globalThis.settled = () => frames(4);
        await settled();
        const { context } = view.panes[0], put = context.putImageData;
        globalThis.times = 0;
        context.putImageData = (...given) => { times += 1; put.apply(context, given); };
    }""")
    assert page.evaluate("settled().then(() => times)") == 0  # nothing is drawn that is there
    changes = [["threshold", 0.7], ["opacity", 0.3], ["opacity", 0.3], ["hide", True], ["threshold", 0.2]]
    drawn = page.evaluate(_DRAWN, changes)
    assert drawn == [0, 1, 0, 1, 1]  # a threshold moves what is drawn of a map only where the rest of it is hidden
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_function("times > 0")
