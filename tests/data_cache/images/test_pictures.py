"""Pictures of every kind that strangers send, and those that are refused."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from data_cache.errors import InputError
from data_cache.images import image_size, read_radiograph

RNG = np.random.default_rng(7)
SHADES = np.linspace(0, 255, 40 * 60).reshape(40, 60).astype(np.uint8)
COLOURS = RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def luma(rgb: np.ndarray) -> np.ndarray:
    """ITU-R 601, in Pillow's fixed point."""
    weights = np.array([19595, 38470, 7471])
    return ((rgb.astype(np.int64) @ weights + 0x8000) >> 16).astype(np.float32) / 255


def png_header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG that states a size and holds no more than a few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "group4"})]
)
def test_films_of_one_bit_are_black_and_white(kind: str, options: dict[str, str]) -> None:
    bits = np.random.default_rng(3).random((37, 53)) < 0.3  # rows that end within a byte
    radiograph = read_radiograph(encoded(Image.fromarray(bits), kind, **options), "a.dat")
    np.testing.assert_array_equal(radiograph.pixels, bits.astype(np.float32))
    assert radiograph.bits == 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG", "WEBP"])
def test_eight_bit_grey(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    radiograph = read_radiograph(encoded(Image.fromarray(SHADES), kind, **options), "a.dat")
    tolerance = 2 / 255 if kind == "JPEG" else 0  # JPEG loses a little
    np.testing.assert_allclose(radiograph.pixels, SHADES.astype(np.float32) / 255, atol=tolerance)
    assert radiograph.pixels.dtype == np.float32
    assert (radiograph.format, radiograph.bits) == (kind, 8)
    assert radiograph.warnings == ("a.dat: only 60×40 pixels; details that the models need may be missing.",)


def test_a_usual_radiograph_comes_without_warnings():
    assert read_radiograph(encoded(Image.fromarray(SHADES).resize((400, 300)), "PNG")).warnings == ()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_range(kind):
    values = np.linspace(0, 65535, 40 * 60).reshape(40, 60).astype(np.uint16)
    radiograph = read_radiograph(encoded(Image.fromarray(values), kind))
    np.testing.assert_allclose(radiograph.pixels, values / 65535, atol=1e-7)
    assert radiograph.bits == 16


@pytest.mark.parametrize(("brightest", "bits"), [(255, 8), (256, 10), (1023, 10), (4095, 12), (16383, 14), (16384, 16)])
def test_fewer_bits_in_sixteen_are_taken_for_what_they_are(brightest, bits):
    values = np.linspace(0, brightest, 40 * 60).reshape(40, 60).astype(np.uint16)
    radiograph = read_radiograph(encoded(Image.fromarray(values), "PNG"), "a")
    np.testing.assert_allclose(radiograph.pixels, values / (2**bits - 1), atol=1e-7)
    assert radiograph.bits == bits
    assert any(f"use {bits} of 16 bits" in sentence for sentence in radiograph.warnings) == (bits < 16)


def test_a_sixteen_bit_tiff_with_white_at_zero_is_inverted():
    values = np.linspace(0, 65535, 40 * 60).reshape(40, 60).astype(np.uint16)
    radiograph = read_radiograph(encoded(Image.fromarray(values), "TIFF", tiffinfo={262: 0}))
    np.testing.assert_allclose(radiograph.pixels, 1 - values / 65535, atol=1e-6)


def test_an_eight_bit_tiff_with_white_at_zero_is_inverted_once():
    inverted = encoded(Image.fromarray(SHADES), "TIFF", tiffinfo={262: 0})
    with Image.open(BytesIO(inverted)) as image:
        expected = np.asarray(image)  # Pillow's own reading of such a file
    np.testing.assert_array_equal(read_radiograph(inverted).pixels, expected.astype(np.float32) / 255)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1000.0, 3000.0)])
def test_floating_point_values(low, high):
    values = np.linspace(low, high, 40 * 60, dtype=np.float32).reshape(40, 60)
    radiograph = read_radiograph(encoded(Image.fromarray(values), "TIFF"))
    np.testing.assert_allclose(radiograph.pixels, (values - low) / (high - low), atol=1e-6)
    assert any("black to white" in sentence for sentence in radiograph.warnings) == (low < 0)


def test_values_that_are_no_numbers_are_refused():
    values = np.full((40, 60), np.nan, dtype=np.float32)
    with pytest.raises(InputError, match=r"scan\.tif: expected finite grey values"):
        read_radiograph(encoded(Image.fromarray(values), "TIFF"), "scan.tif")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_colour_becomes_its_brightness_as_in_the_official_code(kind):
    radiograph = read_radiograph(encoded(Image.fromarray(COLOURS), kind))
    np.testing.assert_array_equal(radiograph.pixels, luma(COLOURS))
    assert any("in colour" in sentence for sentence in radiograph.warnings)


def test_grey_stored_as_colour_is_no_colour():
    radiograph = read_radiograph(encoded(Image.fromarray(np.repeat(SHADES[..., None], 3, axis=2)), "PNG"))
    np.testing.assert_array_equal(radiograph.pixels, SHADES.astype(np.float32) / 255)
    assert not any("colour" in sentence for sentence in radiograph.warnings)


def test_palette():
    image = Image.fromarray(COLOURS).quantize(16)
    expected = luma(np.asarray(image.convert("RGB")))
    np.testing.assert_array_equal(read_radiograph(encoded(image, "PNG")).pixels, expected)


def test_one_bit():
    bits = RNG.random((40, 60)) < 0.5
    radiograph = read_radiograph(encoded(Image.fromarray(bits), "PNG"))
    np.testing.assert_array_equal(radiograph.pixels, bits.astype(np.float32))
    assert radiograph.bits == 1


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    inks = np.zeros((40, 60, 4), dtype=np.uint8)
    inks[..., 3] = 255 - SHADES  # black ink alone
    radiograph = read_radiograph(encoded(Image.fromarray(inks, "CMYK"), kind))
    np.testing.assert_allclose(radiograph.pixels, SHADES.astype(np.float32) / 255, atol=3 / 255)  # JPEG, and rounding


def test_opaque_alpha_changes_nothing():
    alpha = np.dstack([COLOURS, np.full((40, 60), 255, dtype=np.uint8)])
    radiograph = read_radiograph(encoded(Image.fromarray(alpha), "PNG"))
    np.testing.assert_array_equal(radiograph.pixels, luma(COLOURS))
    assert not any("transparent" in sentence for sentence in radiograph.warnings)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_parts_are_black(mode):
    alpha = np.where(np.arange(60) < 30, 0, 255) * np.ones((40, 1))
    image = Image.fromarray(np.full((40, 60), 200, dtype=np.uint8)).convert(mode)
    image.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    radiograph = read_radiograph(encoded(image, "PNG"))
    np.testing.assert_allclose(radiograph.pixels, np.where(alpha == 0, 0, 200 / 255), atol=1e-6)
    assert any("transparent" in sentence for sentence in radiograph.warnings)


def test_a_transparent_palette_colour_is_black():
    image = Image.fromarray(np.tile(np.array([0, 1], dtype=np.uint8), (40, 30)), "P")
    image.putpalette([250, 250, 250, 128, 128, 128])
    radiograph = read_radiograph(encoded(image, "PNG", transparency=0))
    np.testing.assert_allclose(radiograph.pixels, np.tile([0, 128 / 255], (40, 30)), atol=1e-6)


@pytest.mark.parametrize("values", [SHADES, SHADES.astype(np.uint16) * 257], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda stored: stored),
        (2, np.fliplr),
        (3, lambda stored: np.rot90(stored, 2)),
        (4, np.flipud),
        (5, np.transpose),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: np.rot90(stored, 2).T),
        (8, np.rot90),
    ],
)
def test_exif_rotation(tmp_path, values, orientation, upright):
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / "turned.png"
    path.write_bytes(encoded(Image.fromarray(values), "PNG", exif=exif))
    expected = upright(values).astype(np.float32) / np.iinfo(values.dtype).max
    radiograph = read_radiograph(path)
    np.testing.assert_array_equal(radiograph.pixels, expected)
    assert image_size(path) == radiograph.pixels.shape[::-1]


def test_damaged_exif_data_leaves_the_picture_as_it_lies():
    data = encoded(Image.fromarray(SHADES), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffgarbage")
    assert read_radiograph(data).pixels.shape == (40, 60)


def test_black_is_read_with_a_warning():
    radiograph = read_radiograph(encoded(Image.new("L", (300, 300)), "PNG"), "black.png")
    assert radiograph.warnings == ("black.png: every pixel is the same black, so what the models say means nothing.",)


def test_a_strip_is_read_with_a_warning():
    radiograph = read_radiograph(encoded(Image.fromarray(SHADES).resize((1000, 250)), "PNG"), "strip")
    assert radiograph.warnings == ("strip: 1000×250 pixels; the models see only the centred square, 25% of it.",)


def test_the_first_of_a_photograph_s_two_pictures_is_read():
    picture = Image.fromarray(SHADES)
    data = encoded(picture, "MPO", save_all=True, append_images=[picture])
    radiograph = read_radiograph(data, "photo.jpg")
    assert radiograph.format == "JPEG"
    assert "photo.jpg: it holds 2 pictures; the first was read." in radiograph.warnings


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_several_pictures_in_one_file_are_refused(kind):
    data = encoded(Image.fromarray(COLOURS), kind, save_all=True, append_images=[Image.fromarray(255 - COLOURS)])
    with pytest.raises(InputError, match=r"film: expected a single picture, found 2"):
        read_radiograph(data, "film")


def test_a_png_whose_pixels_are_damaged_is_refused_and_not_black() -> None:
    whole = encoded(Image.fromarray(SHADES), "PNG")
    start = whole.index(b"IDAT") + 20
    with pytest.raises(InputError, match=r"^a\.png: expected a whole PNG file, found one that is cut short or damaged"):
        read_radiograph(whole[:start] + b"\xff" * 9 + whole[start + 9 :], "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_truncated_files_are_refused(kind, part):
    noise = Image.fromarray(RNG.integers(0, 256, (200, 300), dtype=np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(InputError, match=r"cut\.img: expected .*, found"):
        read_radiograph(data[: int(len(data) * part)], "cut.img")


@pytest.mark.parametrize("size", [(30_000, 30_000), (7072, 7072), (2**31 - 1, 2**31 - 1)])
def test_huge_pictures_are_refused_before_decoding(tmp_path, size):
    data = png_header(*size)
    with pytest.raises(InputError, match=r"bomb\.png: expected an image of at most 50 million pixels, found"):
        read_radiograph(data, "bomb.png")
    (tmp_path / "bomb.png").write_bytes(data)
    with pytest.raises(InputError, match="at most 50 million"):
        image_size(tmp_path / "bomb.png")


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_tiny_pictures_are_refused(size):
    with pytest.raises(
        InputError, match=rf"dot: expected a radiograph of at least 16×16 pixels, found {size[0]}×{size[1]}"
    ):
        read_radiograph(encoded(Image.new("L", size), "PNG"), "dot")


def test_a_compressed_comment_that_explodes_is_refused():
    text = b"Comment\0\0" + zlib.compress(b"a" * 100_000_000)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    whole = encoded(Image.fromarray(SHADES), "PNG")
    with pytest.raises(InputError, match=r"comment\.png: expected a whole"):
        read_radiograph(whole[:33] + chunk + whole[33:], "comment.png")


# White from the picture, whichever channels there are


def deep_png(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel, (h, w, channels), written by the standard (ISO 15948)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width, channels = pixels.shape
    header = struct.pack(">2I5B", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


TWELVE = np.linspace(0, 4095, 40 * 60).reshape(40, 60).astype(np.uint16)


def with_channels(grey: np.ndarray, channels: int, alpha: int = 65535) -> np.ndarray:
    colours = [grey] * (1 if channels < 3 else 3)
    return np.dstack([*colours, *([np.full_like(grey, alpha)] if channels in (2, 4) else [])])


@pytest.mark.parametrize("channels", [1, 2, 3, 4], ids=["grey", "grey and alpha", "colours", "colours and alpha"])
def test_sixteen_bits_are_read_alike_in_whichever_channels(channels):
    radiograph = read_radiograph(deep_png(with_channels(TWELVE, channels)), "a")
    np.testing.assert_allclose(radiograph.pixels, TWELVE / 4095, atol=1e-6)
    assert radiograph.bits == 12
    assert any("use 12 of 16 bits, so 4095 was taken as white" in sentence for sentence in radiograph.warnings)
    assert not any("colour" in sentence or "transparent" in sentence for sentence in radiograph.warnings)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("marked", [1, 20, 600])
def test_a_marker_does_not_decide_what_is_white(channels, marked):
    values = TWELVE.copy()
    values.ravel()[:marked] = 65535
    radiograph = read_radiograph(deep_png(with_channels(values, channels)), "a")
    np.testing.assert_allclose(radiograph.pixels.ravel()[marked:], TWELVE.ravel()[marked:] / 4095, atol=1e-6)
    assert radiograph.pixels.ravel()[0] == 1
    assert any("4095 was taken as white, and all beyond" in sentence for sentence in radiograph.warnings)


def test_colours_of_sixteen_bits_become_their_luma():
    colours = RNG.integers(0, 65536, (40, 60, 3)).astype(np.uint16)
    radiograph = read_radiograph(deep_png(colours))
    expected = (colours.astype(np.float64) @ [0.299, 0.587, 0.114]) / 65535
    np.testing.assert_allclose(radiograph.pixels, expected, atol=1e-4)  # Pillow's weights are rounded to 2**-16
    assert any("in colour" in sentence for sentence in radiograph.warnings)


@pytest.mark.parametrize("channels", [2, 4])
def test_transparent_parts_of_sixteen_bits_are_black(channels):
    pixels = with_channels(np.full((40, 60), 4000, np.uint16), channels)
    pixels[:, :30, -1] = 0
    radiograph = read_radiograph(deep_png(pixels), "a")
    assert (radiograph.pixels[:, :30] == 0).all() and (radiograph.pixels[:, 30:] > 0.9).all()
    assert any("transparent" in sentence for sentence in radiograph.warnings)


def test_a_transparent_grey_of_sixteen_bits_is_black():
    values = TWELVE.copy()
    values[:5] = 3000
    radiograph = read_radiograph(encoded(Image.fromarray(values), "PNG", transparency=3000))
    assert (radiograph.pixels[:5] == 0).all()


def test_a_tiff_of_colours_of_sixteen_bits():
    import tifffile

    file = BytesIO()
    tifffile.imwrite(file, with_channels(TWELVE, 3), photometric="rgb")
    np.testing.assert_allclose(read_radiograph(file.getvalue()).pixels, TWELVE / 4095, atol=1e-6)


def test_a_marker_in_values_of_32_bits_does_not_decide():
    values = np.linspace(-1000, 3000, 40 * 60, dtype=np.float32).reshape(40, 60)
    values[0, :10] = 1e9
    values[-1, :10] = -1e9
    pixels = read_radiograph(encoded(Image.fromarray(values), "TIFF")).pixels
    np.testing.assert_allclose(pixels[1:-1], (values[1:-1] + 1000) / 4000, atol=0.02)
    assert pixels[0, 0] == 1 and pixels[-1, 0] == 0


def test_orientation_holds_for_colours_of_sixteen_bits():
    data = deep_png(with_channels(TWELVE, 3))
    exif = Image.Exif()
    exif[274] = 6
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(content)) + b"eXIf" + content + struct.pack(">I", zlib.crc32(b"eXIf" + content))
    turned = read_radiograph(data[:33] + chunk + data[33:]).pixels
    np.testing.assert_allclose(turned, np.rot90(TWELVE, -1) / 4095, atol=1e-6)


# Endless files


def test_endlessly_many_chunks_are_refused():
    whole = encoded(Image.fromarray(SHADES), "PNG")
    empty = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(InputError, match=r"a\.png: expected a PNG of at most 20,000 parts"):
        read_radiograph(whole[:33] + empty * 1_000_000 + whole[33:], "a.png")


def test_endlessly_many_scans_are_refused():
    file = BytesIO()
    Image.fromarray(SHADES).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    start = data.rindex(b"\xff\xda")
    scan = data[start:-2]
    with pytest.raises(InputError, match=r"a\.jpg: expected a JPEG of at most 100 scans, found"):
        read_radiograph(data[:-2] + scan * 400 + b"\xff\xd9", "a.jpg")


def test_endlessly_many_pages_are_not_walked_through():
    page = struct.pack("<H", 0)
    pages = b"".join(page + struct.pack("<I", 8 + 6 * (n + 1)) for n in range(300_000))
    with pytest.raises(InputError, match=r"a\.tif: expected"):
        read_radiograph(b"II*\0" + struct.pack("<I", 8) + pages, "a.tif")


def plain_tiff(values: np.ndarray, photometric: int) -> bytes:
    """A TIFF of one strip, by hand: (h, w) or (h, w, channels), as many bits as the type has."""
    height, width, channels = (*values.shape, 1)[:3]
    bits, content = 8 * values.itemsize, values.astype(values.dtype.newbyteorder("<")).tobytes()
    entries = {256: width, 257: height, 259: 1, 262: photometric, 277: channels, 278: height, 279: len(content)}
    sizes = 8 + 2 + 12 * 9 + 4
    entries |= {258: sizes if channels > 2 else bits, 273: sizes + 2 * channels}
    table = b"".join(
        struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, channels if tag == 258 else 1, value)
        for tag, value in sorted(entries.items())
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)
    return head + struct.pack("<H", bits) * channels + content


def test_unsigned_numbers_of_32_bits_keep_their_order():
    """From 2^31 on, Pillow takes them for negative ones."""
    values = np.linspace(0, 2**32 - 1, 40 * 60).reshape(40, 60).astype(np.uint32)
    found = read_radiograph(plain_tiff(values, 1), "x.tif")
    assert (np.diff(found.pixels.ravel()) >= 0).all()
    np.testing.assert_allclose(found.pixels, values / (2**32 - 1), atol=2e-3)  # the range in use leaves out the ends


@pytest.mark.parametrize(
    ("kind", "photometric", "values"),
    [
        ("CMYK of 16 bits", 5, np.zeros((40, 60, 4), np.uint16)),
        ("CIELAB of 8 bits", 8, np.zeros((40, 60, 3), np.uint8)),
    ],
)
def test_colours_that_are_not_read_are_named(kind, photometric, values):
    with pytest.raises(InputError, match=rf"^x\.tif: expected a picture in grey or RGB, found {kind}; export"):
        read_radiograph(plain_tiff(values, photometric), "x.tif")


def test_cmyk_of_8_bits_is_read():
    key = np.tile(np.arange(60, dtype=np.uint8) * 4, (40, 1))
    values = np.stack([0 * key, 0 * key, 0 * key, 255 - key], axis=2)
    np.testing.assert_allclose(read_radiograph(plain_tiff(values, 5), "x.tif").pixels, key / 255, atol=1e-6)
