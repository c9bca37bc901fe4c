"""The report of a visitor's own device in the browser's print view, on a page that may hold no frames of others."""

from playwright.sync_api import Browser

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src data:; frame-src 'none'"  # as app
)
PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PRINT = """async (picture) => {
    const { printReport } = await import("/js/device/exporting/printing.js");
    const printed = [];
    new MutationObserver(() => {
        const frame = document.querySelector("iframe");
        frame?.addEventListener("load", () => {
            const own = frame.contentWindow;
            own.print = () => printed.push([own.document.body.textContent, own.document.images[0].complete]);
        });
    }).observe(document.body, { childList: true });
    await printReport(`<!doctype html><p>Edema</p><img src="${picture}">`);
    document.querySelector("iframe").contentWindow.dispatchEvent(new Event("afterprint"));
    return [printed, document.querySelectorAll("iframe").length];
}"""


def test_the_print_view_is_opened_once_with_the_picture_and_leaves_nothing(
    chromium: Browser, module_address: str
) -> None:
    page = chromium.new_page()
    headers = {"Content-Security-Policy": POLICY}
    body = "<!doctype html><body></body>"
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=body, headers=headers))
    page.goto(f"{module_address}/blank")
    assert page.evaluate(PRINT, PICTURE) == [[["Edema", True]], 0]
    page.close()
