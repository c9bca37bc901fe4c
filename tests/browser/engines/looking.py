"""The first picture, panes, the layout on a wide and a narrow window, and what the console says."""

from tests.browser.engines.page import CheckError
from tests.browser.engines.visit import Check, Visit

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
# Greys of what each pane in sight shows: how many different ones, of the film and of what lies over it.
_SEEN = """view.allPanes.filter(({ element }) => element.offsetParent).map((pane) => {
    const kinds = ({ canvas, width, height }) => new Set(new Uint32Array(
        canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer)).size;
    const of = (canvas) => kinds({ canvas, width: canvas.width, height: canvas.height });
    return [pane.key, of(pane.base), of(pane.canvas)];
})"""
_MAY_BE_BLANK = ("radiograph", "scaled")  # what is improbable scales to nothing
_BEYOND = """[...document.querySelectorAll("body *")].filter((one) => {
    const { right, width } = one.getBoundingClientRect();
    return one.checkVisibility() && width && right > innerWidth + 1 && !one.closest("[style*=overflow], .scroll");
}).slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`)"""


def first_picture(visit: Visit) -> str:
    """From the first request to the panes."""
    page = visit.page
    page.resize(*SIZES["wide"])
    page.wrong()
    page.go(visit.address)
    visit.drawn()
    return f"{page.run('return performance.now()') / 1000:.1f} s from the first request"


def panes(visit: Visit) -> str:
    """Film and maps have many greys and colours."""
    seen = visit.view(_SEEN)
    blank = [key for key, film, over in seen if film < 50 or (key not in _MAY_BE_BLANK and over < 2)]
    if blank or len(seen) < 4:
        raise CheckError(f"nothing is drawn in {blank} of {len(seen)} panes")
    return f"{len(seen)} panes"


def layout(visit: Visit) -> str:
    """Nothing is wider than the window, on two widths."""
    found = []
    for name, size in SIZES.items():
        visit.page.resize(*size)
        visit.drawn()
        width = visit.page.run("return document.scrollingElement.scrollWidth")
        visit.shoot(f"layout-{name}")
        if width > size[0]:
            raise CheckError(f"at {size[0]} pixels the page is {width} wide: {visit.view(_BEYOND)}")
        found.append(str(size[0]))
    visit.page.resize(*SIZES["wide"])
    return f"no wider than {' and '.join(found)} pixels"


def console(visit: Visit) -> str:
    """No error was said."""
    wrong = visit.page.wrong()
    if wrong:
        raise CheckError(f"{len(wrong)}: {'; '.join(wrong)[:600]}")
    return "no error"


LOOKING = (
    Check("first picture", first_picture),
    Check("panes drawn", panes),
    Check("layout", layout),
)
LAST = (Check("console", console),)
