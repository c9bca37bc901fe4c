"""What takes a browser's decoders, JPEG and WebP, as a visitor's own device reads it in a worker, against Python."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from playwright.sync_api import Page
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGExtended12Bit

from data_cache.errors import InputError
from data_cache.images import read_radiograph
from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset, encapsulated

MODULES = Path(__file__).parents[2] / "node_modules"
_HERE = """async ([files]) => {
  const reading = await import(`${location.origin}/js/device/reading/index.js`);
  const read = async ([name, bytes]) => {
    try {
      const { film, pixels, ...facts } = await reading.readRadiograph(Uint8Array.fromBase64(bytes), name);
      return { ...facts, grey: new Uint8Array(pixels.map((grey) => Math.round(grey * 255))).toBase64() };
    } catch (error) {
      return error instanceof reading.Refusal ? { refused: error.message } : { fault: String(error.stack) };
    }
  };
  const results = [];
  for (const file of files) results.push(await read(file));
  return results;
}"""
_IN_WORKER = """async ([files, libraries]) => {
  const source = `import { useLibraries } from "${location.origin}/js/device/reading/index.js";
    onmessage = async ({ data: [files, libraries] }) => {
      useLibraries(libraries);
      postMessage(await (HERE)([files]));
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
  worker.postMessage([files, libraries]);
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
}""".replace("HERE", _HERE.replace("`", "\\`").replace("${", "\\${"))
# By how many greys of 255 a pixel may differ: a canvas lays transparent parts over black with a rounding of its own.
OFF = {"clear.webp": 1}
_RNG = np.random.default_rng(8)


def film(height: int, width: int, channels: int = 0) -> NDArray[np.uint8]:
    """A gradient with waves and noise."""
    y, x = np.mgrid[0:height, 0:width]
    layers = [
        np.sin(x / (9 + 7 * c)) * 60 + y * 100 / height + _RNG.normal(60, 6, x.shape) for c in range(channels or 1)
    ]
    values = np.clip(np.stack(layers, axis=2), 0, 255).astype(np.uint8)
    return values if channels else values[..., 0]


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpegs() -> Iterator[tuple[str, bytes]]:
    """Names and contents."""
    grey, colour = Image.fromarray(film(311, 257)), Image.fromarray(film(233, 301, 3))
    yield "grey.jpg", encoded(grey, quality=95)
    yield "coarse.jpg", encoded(grey, quality=20)
    yield "progressive.jpg", encoded(grey, progressive=True)
    yield "colour.jpg", encoded(colour)
    yield "full.jpg", encoded(colour, subsampling=0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for one, other in (("rXYZ", "____"), ("bXYZ", "rXYZ"), ("____", "bXYZ")):  # red and blue exchanged
        profile = profile.replace(one.encode(), other.encode())
    yield "profile.jpg", encoded(colour, icc_profile=profile)
    yield "grey-in-colour.jpg", encoded(grey.convert("RGB"))
    yield "cmyk.jpg", encoded(colour.convert("CMYK"))
    for orientation in (3, 5, 6):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"exif-{orientation}.jpg", encoded(grey, exif=exif)
    yield "two.jpg", encoded(grey, "MPO", save_all=True, append_images=[grey])
    small = film(64, 63)
    yield "baseline.dcm", encapsulated(small, JPEGBaseline8Bit, encoded(Image.fromarray(small)))
    yield "extended.dcm", encapsulated(small, JPEGExtended12Bit, encoded(Image.fromarray(small)))
    packed = dicom_dataset((film(64, 63).astype(np.uint16) << 4), BitsStored=12)
    packed.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    yield "jpeg2000.dcm", dicom_bytes(packed)


def webps() -> Iterator[tuple[str, bytes]]:
    grey, colour, clear = (Image.fromarray(film(257, 233, channels)) for channels in (0, 3, 4))
    yield "grey.webp", encoded(grey, "WEBP", lossless=True)
    yield "lossy.webp", encoded(grey, "WEBP", quality=80)
    yield "colour.webp", encoded(colour, "WEBP", quality=90)
    yield "clear.webp", encoded(clear, "WEBP", lossless=True, exact=True)
    exif = Image.Exif()
    exif[0x0112] = 8
    yield "exif.webp", encoded(grey, "WEBP", lossless=True, exif=exif)


def damaged() -> Iterator[tuple[str, bytes]]:
    """Files that are refused."""
    grey = Image.fromarray(film(200, 300))
    for part in (0.3, 0.6, 0.97):
        for kind in ("JPEG", "WEBP"):
            whole = encoded(grey, kind)
            yield f"cut-{part}.{kind.lower()}", whole[: int(len(whole) * part)]
    yield "moving.webp", encoded(grey, "WEBP", save_all=True, append_images=[Image.fromarray(film(200, 300))])
    yield "small.jpg", encoded(grey.resize((12, 30)))


@pytest.mark.skipif(not (MODULES / "dicom-parser").is_dir(), reason="needs node_modules, which `make lint` installs")
def test_jpeg_and_webp_are_read_in_a_worker_as_by_python(module_page: Page) -> None:
    read, refused = [*jpegs(), *webps()], list(damaged())
    codec = MODULES / "@cornerstonejs" / "codec-openjpeg" / "dist" / "openjpegwasm_decode"
    places = {
        "dicomParser": MODULES / "dicom-parser" / "dist" / "dicomParser.min.js",
        "openjpeg": codec.with_suffix(".js"),
        "openjpegWasm": codec.with_suffix(".wasm"),
    }
    libraries = {key: f"data:;base64,{base64.b64encode(path.read_bytes()).decode()}" for key, path in places.items()}
    files = [[name, base64.b64encode(data).decode()] for name, data in [*read, *refused]]
    results = iter(module_page.evaluate(_IN_WORKER, [files, libraries]))
    for (name, data), found in zip(read, results, strict=False):
        expected = read_radiograph(data, name)
        assert "grey" in found, (name, found)
        grey = np.frombuffer(base64.b64decode(found["grey"]), np.uint8)
        assert (found["height"], found["width"]) == expected.pixels.shape, name
        assert np.abs(grey - np.rint(expected.pixels.ravel() * 255)).max() <= OFF.get(name, 0), name
        facts = {key: getattr(expected, key) for key in ("bits", "format", "coloured", "stated")}
        assert facts | {"warnings": list(expected.warnings)} == {key: found[key] for key in (*facts, "warnings")}, name
    for (name, data), found in zip(refused, results, strict=True):
        with pytest.raises(InputError) as caught:
            read_radiograph(data, name)
        assert found == {"refused": str(caught.value)}


def test_a_browser_that_changes_what_a_canvas_gives_back_is_told(module_page: Page) -> None:
    """On the page that the next module opens anew; workers, as of the other test, have their own canvases."""
    module_page.evaluate("""() => {
      const { prototype } = OffscreenCanvasRenderingContext2D;
      const { getImageData } = prototype;
      prototype.getImageData = function (...place) {
        const found = getImageData.apply(this, place);
        found.data[0] ^= 1;
        return found;
      };
    }""")
    name, data = next(jpegs())
    (found,) = module_page.evaluate(_HERE, [[[name, base64.b64encode(data).decode()]]])
    assert found["refused"].startswith(
        "grey.jpg: expected a browser that decodes pictures and gives their pixels as they"
    )
    assert "compute on the server" in found["refused"]
