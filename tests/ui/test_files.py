"""What brought files are called, what they are, and what is gathered of a drop: the page's own modules, in Node."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.ui.test_javascript import NODE

SCRIPTS = Path(__file__).parents[2] / "ui" / "js" / "files"
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node, which tests/requirements.txt installs")


def in_node(script: str, **environment: str) -> object:
    """What a module prints as JSON; FILES stands for the address of ui/js/files."""
    command = [str(NODE), "--input-type=module", "--no-warnings", "-e", script.replace("FILES", SCRIPTS.as_uri())]
    said = {"TZ": "Europe/Zurich", **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=said)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


NAMES = """
const { companionName, fileOf, uploadName } = await import("FILES/names.js");
const { Brought, othersSentence } = await import("FILES/brought.js");
const { gathered } = await import("FILES/gathering.js");
const time = new Date("2026-07-01T16:52:09Z"); // 18:52 where this runs
const findings = ["Edema", "Lung Opacity", "Pleural Effusion", "Effusion"];
const dicom = new Uint8Array(200); dicom.set([68, 73, 67, 77], 128);
const own = [
  new File([dicom], "MEIER^HANS_19501212.dcm"), new File(["MEIER, Hans"], "MEIER letter.txt"),
  new File([new Uint8Array([0xff, 0xd8, 0xff, 0])], "no ending"), new File([], "MEIER.png"),
  new File(["%PDF-1.7"], "MEIER.png"), new File(["x"], ".DS_Store"), new File([new Uint8Array(8388608)], "JPC1.IMG"),
];
const { files } = gathered(own, true);
const brought = new Brought();
const { images, others } = await brought.takeAll(files);
const again = await brought.take(own[2]);
console.log(JSON.stringify({
  upload: uploadName("MEIER^HANS.DCM", 3, time), phantom: uploadName("patientPHANTOM7_view1.png", 12, time).name,
  odd: uploadName("MEIER.exe", 1, time).name,
  files: [uploadName("MEIER.dcm", 3, time), { title: "Upload 4" }, { title: "patient1_study1" }, { title: '"/…' }].map(
    (item) => fileOf(item, "panes-Pleural Effusion.png")),
  mask: companionName("MEIER_Pleural_Effusion-mask.png", 1, findings),
  run: companionName("MEIEREdema.png", 2, findings),
  whose: companionName("patient64541_study1_view1_frontal_lung opacity.png", 3, findings),
  person: companionName("patientMEIER_study1_view1_frontal.json", 4, findings),
  gaze: companionName("MEIER Edema.csv", 5, findings),
  images: images.map(({ number, kind }) => [number, kind.words]), sent: images.map(({ file }) => file.name.length > 12),
  size: images[0].file.size, again: again.number,
  said: othersSentence(others, files.length), alone: othersSentence(others.slice(0, 1), 1),
  one: othersSentence(others.slice(0, 1), 2), none: othersSentence([], 2),
  shown: [brought.labelOf(images[0]) === images[0].title, (brought.show(true), brought.labelOf(images[0]))],
}));
"""


def test_a_file_is_called_by_its_number_and_the_local_time():
    said = in_node(NAMES)
    assert isinstance(said, dict)
    assert said["upload"] == {"stem": "upload-3-1852", "name": "upload-3-1852.dcm", "title": "Upload 3, 18:52"}
    assert said["phantom"] == "upload-12-1852-phantom.png" and said["odd"] == "upload-1-1852"
    stems = ("upload-3-1852", "upload-4", "patient1_study1", "case")
    assert said["files"] == [f"{stem}-panes-pleural-effusion.png" for stem in stems]
    assert said["mask"] == "annotation-1_Pleural Effusion.png" and said["run"] == "annotation-2_Edema.png"
    assert said["whose"] == "annotation-3_patient64541_study1_view1_frontal_Lung Opacity.png"
    assert said["person"] == "annotation-4.json" and said["gaze"] == "gaze-5.csv"
    assert said["images"] == [[1, "DICOM"], [3, "JPEG"], [6, "JSRT"]] and said["size"] == 200 and said["again"] == 3
    assert said["said"] == "3 of 6 files are no radiographs: Upload 2 (text), Upload 4 (empty), and Upload 5 (PDF)."
    assert said["alone"] == "This file is no radiograph: Upload 2 (text)." and said["none"] == ""
    assert said["one"] == "1 of 2 files is no radiograph: Upload 2 (text)."
    assert said["shown"] == [True, "MEIER^HANS_19501212.dcm"]
    told = json.dumps({key: value for key, value in said.items() if key != "shown"})
    assert "MEIER" not in told


MATCHING = """
const { matched, renamedJson, renamedPath, renamedTable } = await import("FILES/matching.js");
const { digestOf } = await import("FILES/../drawing/sha256.js");
const { readFileSync } = await import("node:fs");
const own = "MEIER^HANS_1950.dcm";
const coco = (...names) => ({ images: names.map((file_name, id) => ({ id, file_name, width: 4 })), annotations: [] });
const archive = new File([readFileSync(process.env.ARCHIVE)], "MEIER.zip");
const sent = Buffer.from(await (await matched(archive, own, "upload-2-1852")).arrayBuffer());
const other = await matched(archive, "MUELLER.png", "upload-2-1852");
const broken = await matched(new File(["PK no"], "x.zip"), own, "upload-2-1852").catch((error) => error.message);
const digest = digestOf(new Uint8Array(sent)).buffer;
console.log(JSON.stringify({
  one: renamedJson(coco("a.png", "scans/MEIER^HANS_1950.png"), own, "upload-2-1852").images.map((i) => i.file_name),
  tool: renamedJson(coco("1234abcd-MEIER^HANS_1950.png", "b"), own, "upload-2-1852").images[0].file_name,
  twice: renamedJson(coco("a/MEIER^HANS_1950.png", "b/MEIER^HANS_1950.png"), own, "u"),
  no: renamedJson(coco("MEIER^HANS_19501.png"), own, "u"), list: renamedJson([1], own, "u"),
  labelme: renamedJson({ shapes: [], imagePath: "..\\\\MEIER^HANS_1950.dcm" }, own, "u").imagePath,
  keys: Object.keys(renamedJson({ "MEIER^HANS_1950": { Edema: [] }, other: {} }, own, "upload-2-1852")),
  table: renamedTable("x,DICOM_ID\\n1,MEIER^HANS_1950\\n2,B", own, "u"), none: renamedTable("x,y\\n1,2", own, "u"),
  part: renamedPath("12/112_Edema.png", "12.png", "u"), broken, same: other === archive,
  archive: sent.toString("base64"), digest: Buffer.from(digest).toString("hex"),
}));
"""


def test_the_one_place_that_bears_an_upload_s_own_name_is_renamed(tmp_path: Path):
    paths = {"masks/MEIER^HANS_1950_Edema.png": b"edema" * 99, "masks/MEIER^HANS_19501_Edema.png": b"x", "é.txt": b""}
    with zipfile.ZipFile(tmp_path / "MEIER.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in paths.items():
            archive.writestr(path, content)
        archive.comment = b"packed"
    said = in_node(MATCHING, ARCHIVE=str(tmp_path / "MEIER.zip"))
    assert isinstance(said, dict)
    assert said["one"] == ["a.png", "upload-2-1852.png"] and said["tool"] == "upload-2-1852.png"
    assert said["twice"] is said["no"] is said["list"] is said["none"] is None
    assert said["labelme"] == "u.png" and said["keys"] == ["upload-2-1852", "other"]
    assert said["table"] == "x,DICOM_ID\n1,u\n2,B"
    assert said["part"] == "u/112_Edema.png" and said["same"]
    assert said["broken"].startswith("Expected a ZIP archive of fewer than 65,535 files")
    sent = base64.b64decode(said["archive"])
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        read = {name: archive.read(name) for name in archive.namelist()}
    assert read == {path.replace("MEIER^HANS_1950_", "upload-2-1852_"): content for path, content in paths.items()}
    assert said["digest"] == hashlib.sha256(sent).hexdigest()


DROP = """
const { filesOfDrop } = await import("FILES/gathering.js");
const leaf = (path) => ({ isDirectory: false, name: path.split("/").at(-1), fullPath: path,
  file: (take, fail) => path.includes("locked") ? fail() : take(new File(["x"], path.split("/").at(-1))) });
const folder = (path, inner) => ({ isDirectory: true, name: path.split("/").at(-1), fullPath: path,
  createReader: () => {
  const left = [...inner]; // browsers hand over a hundred at a time, and nothing at the end
  const next = (take, fail) => path.includes("torn") ? fail() : take(left.splice(0, 100));
  return { readEntries: next }; } });
const item = (entry, kind = "file") => ({ kind, webkitGetAsEntry: () => entry });
const many = Array.from({ length: 205 }, (_, i) => leaf(`/study/deep/${i + 1}.dcm`));
const tree = folder("/study", [folder("/study/deep", many), leaf("/study/.DS_Store"), leaf("/study/locked.png"),
  folder("/study/__MACOSX", [leaf("/study/__MACOSX/a.png")]), folder("/study/torn", [leaf("/study/torn/b.png")])]);
const all = await filesOfDrop({ items: [item(tree), item(leaf("/b.png")), item(null, "string")], files: [] });
const plain = [new File(["x"], "one.png"), new File(["x"], "Thumbs.db")];
const flat = await filesOfDrop({ items: [item(leaf("/one.png"))], files: plain });
const crowd = folder("/crowd", Array.from({ length: 2105 }, (_, i) => leaf(`/crowd/${i}.png`)));
const cut = await filesOfDrop({ items: [item(crowd)], files: [] });
console.log(JSON.stringify({
  names: all.files.map(({ name }) => name), folder: all.folder, cut: all.cut,
  flat: [flat.files.map(({ name }) => name), flat.folder], crowd: [cut.files.length, cut.cut],
}));
"""


def test_a_folder_that_is_dropped_is_gathered_whole_and_in_order() -> None:
    said = in_node(DROP)
    assert isinstance(said, dict)
    assert said["names"] == ["b.png", *(f"{i}.dcm" for i in range(1, 206))]  # by path; 2 comes before 10
    assert said["folder"] and not said["cut"] and said["flat"] == [["one.png"], False]
    assert said["crowd"] == [2000, True]


UNREAD = """
const { countWords, unreadSentences } = await import("FILES/../visit/unread.js");
const unread = (label, name, reason) => ({ label, name, reason });
console.log(JSON.stringify({
  counts: [countWords(0, 0), countWords(1, 0), countWords(5, 2), countWords(3, 2), countWords(2, 2)],
  said: unreadSentences([
    unread("Upload 1", "u-1.png", "u-1.png: expected a whole PNG, found one cut short."),
    unread("Upload 2", "u-2.png", "u-2.png could not be sent: expected a file of at most 2mb."),
    unread("Upload 3", "u-3.png", "u-3.png: expected a whole PNG, found one cut short."),
    unread("Upload 4", "u-4.png", "Something went wrong."),
  ]),
}));
"""


def test_what_cannot_be_read_is_counted_apart_and_each_reason_said_once():
    said = in_node(UNREAD)
    assert isinstance(said, dict)
    assert said["counts"] == [
        "No radiographs", "1 radiograph", "3 radiographs, 2 not readable", "1 radiograph, 2 not readable",
        "No radiographs, 2 not readable",
    ]  # fmt: skip
    assert said["said"] == [
        "Upload 1; Upload 3: expected a whole PNG, found one cut short.",
        "Upload 2: could not be sent: expected a file of at most 2mb.",
        "Upload 4: Something went wrong.",
    ]
