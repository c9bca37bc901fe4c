"""What the Hugging Face Hub reads of a site: a README whose head makes the folder a static Space, isolated."""

from huggingface_hub import SpaceCard, SpaceCardData

from ui.texts import TITLE

_ISOLATED = {
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
}
_TEXT = """# {title}

**Research tool. Not for diagnosis.** What chest radiograph models say, and where they look: {cases} cases, as files
that any web server hands out.

Here: `python -m http.server`, then open <http://localhost:8000>. Elsewhere: copy this folder as it is; all addresses in
it are relative, so that it may lie below any path. All files in `data/` and `page/` are named by their content, and may
be kept by browsers for good.
"""


def card(cases: int) -> str:
    """Return the README of a site of so many cases."""
    head = SpaceCardData(
        title=TITLE,
        emoji="🩻",
        colorFrom="blue",
        colorTo="red",
        sdk="static",
        app_file="index.html",
        license="mit",
        short_description="See where chest X-ray models look",
        tags=["chest-x-ray", "explainability", "saliency", "medical-imaging"],
        custom_headers=_ISOLATED,
    )
    text = _TEXT.format(title=TITLE, cases=f"{cases:,}")
    return str(SpaceCard(f"---\n{head.to_yaml()}\n---\n\n{text}"))
