"""What a device refuses: with a server, which is offered, and on a site without one, where no sentence offers it."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.ui.device.node import in_node
from tests.ui.device.refused import refused_here
from tests.ui.test_javascript import NODE, ROOT

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")
SCRIPT = """
const { said, SENTENCES, worksAlone } = await import("DEVICE/sentences.js");
const { explain } = await import("DEVICE/explaining/explain.js");
const { whyServer, whyServerWith } = await import("DEVICE/explaining/methods.js");
const { exported } = await import("DEVICE/exporting/export.js");
const { readRadiograph, useLibraries } = await import("DEVICE/reading/index.js");
const { noNearest, noWays } = await import("DEVICE/refusals.js");
const words = (work) => work().then(() => "", ({ message }) => message);
async function met() {
  const files = given.map(({ name, base64 }) => () =>
    readRadiograph(new Uint8Array(Buffer.from(base64, "base64")), name));
  useLibraries({ dicomParser: "data:;base64,?" });
  const all = [...files, async () => explain("lrp", {}), async () => exported("pdf", { content: { gaze: [] } })];
  const said = [];
  for (const one of all) said.push(await words(one));
  const speaker = { key: "cnn", label: "CNN" };
  return [
    ...said, whyServer({ key: "rise", label: "RISE", kind: "By perturbation" }, []),
    whyServerWith("Grad-CAM", { layer: "a" }), noNearest("", { model: "cnn", patch: 1 }).nearest.problem,
    noWays("", { finding: 1 }, [{ speaker }]).compared.offers[0].refused,
  ];
}
const both = Object.fromEntries(Object.entries(SENTENCES).map(([about, words]) => [about, words("ONE", "TWO")]));
const served = await met();
worksAlone(true);
answer({ both, served, alone: await met(), chosen: said("finer") });
"""
OFFERS = re.compile(r"compute on the server, or |, or compute on the server|: it speaks on the server alone")
PROGRAM = "the program itself (python app.py)"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import base64

    files = [{"name": name, "base64": base64.b64encode(data).decode()} for name, data, _ in refused_here()]
    return in_node(SCRIPT, files, tmp_path_factory.mktemp("node"))


def test_each_sentence_offers_the_server_where_there_is_one_and_none_where_there_is_not(told: Any) -> None:
    assert len(told["both"]) >= 13
    for about, (served, alone) in told["both"].items():
        assert "server" in served and "server" not in alone, about
        if about not in ("annotations", "nearest", "ways"):  # which say otherwise what can be done there
            assert alone == OFFERS.sub("", served).replace("the server", PROGRAM), about
    assert told["chosen"] == told["both"]["finer"][1]


def test_what_is_met_while_reading_explaining_and_exporting_is_worded_for_the_page(told: Any) -> None:
    assert len(told["served"]) == len(told["alone"]) > 10
    for served, alone in zip(told["served"], told["alone"], strict=True):
        assert served and "server" in served
        assert alone and "server" not in alone


def test_no_other_module_of_a_device_speaks_of_the_server() -> None:
    """But those of the page that offer the choice, and send files to the server, which a site has not."""
    spoken = set[str]()
    folder = ROOT / "ui" / "js" / "device"
    for path in folder.rglob("*.js"):
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        if re.search(r"\bserver\b(?!\.)", "\n".join(re.findall(r'"[^"\n]*"|`[^`]*`', code))):
            spoken.add(str(Path(path).relative_to(folder)))
    assert spoken == {"sentences.js", "computing.js", "exchange.js", "note.js"}
