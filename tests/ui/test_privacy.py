"""What a visitor brings is gone when the visit is over: from memory, from the disk; and it is never logged."""

import errno
import io
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from data_cache.errors import InputError
from tests.browser.running_app import running_app
from tests.lying import contents_below, files_below, paths_below
from tests.ui.visitor import Visitor
from ui.limits import NEW_SESSIONS
from ui.settings import Settings
from ui.shelf import Shelf
from ui.temporary import DELETE_AFTER, DELETE_EVERY

# gradio_client leaves its sockets to the collector
pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.usefixtures("collected")]
NAME = "Miller^Erika chest.png"
PATIENCE = 60.0  # seconds; tests share their machine


def picture(seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (200, 240), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def eventually(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


def dicom(patient: str) -> bytes:
    """A DICOM file whose tags name a patient, a hospital and a device."""
    pixels = np.random.default_rng(1).integers(0, 4096, (64, 64), dtype=np.uint16)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = ComputedRadiographyImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.PatientName = data.PatientID = data.InstitutionName = data.StationName = data.StudyDescription = patient
    data.AccessionNumber = patient[:16]
    data.Modality, data.SamplesPerPixel, data.PhotometricInterpretation = "CR", 1, "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelData = pixels.tobytes()
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@dataclass(frozen=True)
class Served:
    """A running app: its address, its temporary folder, what it has said, and what is in its memory."""

    address: str
    folder: Path
    log: Path
    counted: Path

    def readings(self) -> int:
        return int(self.counted.read_text().split()[0]) if self.counted.exists() else -1

    def has_pyplot(self) -> bool:
        return self.counted.read_text().endswith(" True")

    def files(self) -> list[Path]:
        """What lies in the folder, but for the lock of the app."""
        return [file for file in files_below(self.folder) if file.name != "lock"]

    def contents(self) -> list[bytes]:
        return contents_below(self.folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, weights: tuple[Path, Path]) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    counted, log, temporary = folder / "count", folder / "log", folder / "temporary"
    program = ("-m", "tests.ui.watched_app", str(counted))
    flags = (
        "--patchnet",
        str(weights[0]),
        "--cnn",
        str(weights[1]),
        "--backend",
        "torch-cpu",
        "--keep",
        "0.3",
        "--max-file-size",
        "1mb",
    )
    flags += ("--metrics", "10.0.0.7", "--trusted-proxies", "127.0.0.1")
    with running_app(*flags, temporary=temporary, program=program, log=log) as address:
        yield Served(address, temporary, log, counted)
    assert list(temporary.iterdir()) == []  # an app that is told to end leaves nothing


def test_a_visit_leaves_nothing_behind(served: Served) -> None:
    data = picture()
    visitor = Visitor(served.address)
    with visitor.visiting():
        upload = visitor.upload(NAME, data)
        *_, last = visitor.ask("read", upload)
        assert last["case"]["title"] == "Upload" and len(last["maps"]) == 5
        assert eventually(lambda: served.readings() == 1)
        assert data not in served.contents()
        *_, bad = visitor.ask("read", visitor.upload("Miller^Erika.dcm", b"no image"))
        assert "upload.dcm" in bad["error"]
    assert eventually(lambda: served.readings() == 0)
    assert not served.has_pyplot()  # which Gradio would import before the first answer
    assert "Miller" not in served.log.read_text() and "chest" not in served.log.read_text()


def test_no_name_of_a_file_is_on_the_disk_in_an_answer_or_an_export(served: Served) -> None:
    name = "MEIER^HANS_19501212.dcm"
    visitor = Visitor(served.address)
    with visitor.visiting():
        upload = visitor.upload(name, dicom("MEIER^HANS"))
        waiting = [str(path) for path in paths_below(served.folder)]
        messages = list(visitor.ask("read", upload))
        coco = {"images": [{"id": 1, "file_name": name, "width": 64, "height": 64}], "annotations": []}
        said = list(
            visitor.ask("annotate", visitor.upload("MEIER.json", json.dumps(coco).encode()) | {"finding": None})
        )
        drawn = {"name": "A", "finding": "Edema", "polygons": [[[99, 99], [300, 99], [300, 300]]]}
        state = {"finding": "Edema", "threshold": 0.4, "annotations": [drawn], "methods": ["raw", "gradcam"]}
        for what in ("json", "coco"):  # the others: exports/test_making.py
            (answer,) = visitor.ask("export", {"what": what, "state": state})
            assert answer.get("download", {}).get("name", "").startswith("upload-"), answer
            said.append(answer)
        said += visitor.ask("read", visitor.upload("MEIER.png", b"no image"))
        assert "upload.png: expected an image" in said[-1]["error"]
        written = served.contents()
    assert len(messages[-1]["maps"]) == 5 and any("annotation.json: expected" in one["error"] for one in said)
    paths = [*waiting, *map(str, paths_below(served.folder))]
    told = [json.dumps(messages + said).encode(), served.log.read_bytes(), "\n".join(paths).encode(), *written]
    assert any(path.endswith("/file.dcm") for path in waiting) and len(written) > 8
    assert not [part for part in told if b"MEIER" in part]


def test_a_request_after_the_visit_was_forgotten_says_so(served: Served) -> None:
    first = Visitor(served.address)
    with first.visiting():
        list(first.ask("read", first.upload(NAME, picture())))
    assert eventually(lambda: served.readings() == 0)
    again = Visitor(served.address)
    again.session = first.session
    with again.visiting():
        (message,) = again.ask("refine", {"steps": 2})
        assert "open it again" in message["error"] and not message["busy"]


def test_no_tag_of_a_dicom_file_reaches_the_page(served: Served) -> None:
    visitor = Visitor(served.address)
    with visitor.visiting():
        messages = list(visitor.ask("read", visitor.upload("scan.dcm", dicom("SECRET^PATIENT"))))
        assert len(messages[-1]["maps"]) == 5
        sent = [json.dumps(messages).encode(), *served.contents()]
        assert not [part for part in sent if b"SECRET" in part]
    assert "SECRET" not in served.log.read_text()


def test_one_post_is_bounded_and_leaves_nothing(served: Served) -> None:
    visitor = Visitor(served.address)
    before = set(served.files())
    half = b"x" * 600_000
    several = visitor.http.post("gradio_api/upload", files=[("files", ("a", half)), ("files", ("b", half))])
    assert several.status_code == 413

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield half

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert visitor.http.post("gradio_api/upload", content=endless(), headers=headers).status_code == 413
    many = [("files", (str(number), b"x")) for number in range(100)]
    assert visitor.http.post("gradio_api/upload", files=many).status_code == 400
    assert visitor.http.post("gradio_api/upload", content=b"{}").status_code == 400
    assert eventually(lambda: set(served.files()) <= before)


def test_an_upload_that_breaks_off_leaves_nothing(served: Served) -> None:
    visitor = Visitor(served.address)
    before = set(served.files())

    def broken() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        yield b"x" * 100_000
        time.sleep(0.2)
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError):
        visitor.http.post(
            "gradio_api/upload", content=broken(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    assert eventually(lambda: set(served.files()) <= before)


def test_invented_sessions_take_nothing_from_a_visitor(served: Served) -> None:
    visitor, inventor = Visitor(served.address), Visitor(served.address)
    with visitor.visiting():
        *_, last = visitor.ask("read", visitor.upload("chest.png", picture()))
        statuses = set()
        for number in range(NEW_SESSIONS.visitor + 20):  # who loses sessions is tested in test_limits.py
            body = {"data": [], "session_hash": f"invented{number}", "component_id": 1, "fn_name": "cases"}
            statuses.add(inventor.http.post("gradio_api/component_server", json=body).status_code)
        assert 429 in statuses
        *_, still = visitor.ask("refine", {"steps": 2})
        assert not still.get("error") and still["case"]["key"] == last["case"]["key"]


def test_programs_that_send_the_same_file_get_its_answer(served: Served, tmp_path: Path) -> None:
    from gradio_client import Client, handle_file

    (tmp_path / "chest.png").write_bytes(picture(seed=4))
    client = Client(served.address, verbose=False)

    def call(_: int) -> Any:
        sent = handle_file(str(tmp_path / "chest.png"))
        return client.predict(sent, methods=["raw"], maps="none", api_name="/explain")[0]["probabilities"]

    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(call, range(3))
    assert all(other["medicalpatchnet"] == pytest.approx(first["medicalpatchnet"], abs=1e-6) for other in others)
    assert not [file for file in served.files() if "chest" in file.name]


def test_a_forwarded_address_is_believed_of_a_proxy_that_is_named(served: Served) -> None:
    """Of none: test_gate.py; of another one: test_hosting.py."""
    forwarded = {"X-Forwarded-For": "10.0.0.7"}
    assert httpx.get(f"{served.address}metrics", trust_env=False).status_code == 404
    assert httpx.get(f"{served.address}metrics", headers=forwarded, trust_env=False).status_code == 200


def test_all_that_is_on_disk_is_gone_within_ten_minutes() -> None:
    assert DELETE_AFTER + DELETE_EVERY <= 600
    assert Settings().keep + 15 <= 600  # Gradio notices within one beat of 15 s that a page was closed


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="disk is full"):
        Shelf(str(tmp_path))(np.zeros(3))
