"""A process of its own for GDCM, which some damaged streams crash: one frame in, its pixels out. Run by gdcm_decoder.

stdin: one line of JSON (syntax, rows, columns, bits, signed), then the frame. stdout: the pixels, 8 or 16 bits each in
this machine's byte order. It imports nothing of this program, so that it starts quickly.
"""

import json
import sys
from typing import Any


def decode(gdcm: Any, frame: bytes, syntax: str, rows: int, columns: int, bits: int, signed: int) -> bytes:
    """Decode the one frame of a grey image; whatever GDCM makes of it."""
    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(frame)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(gdcm.PixelFormat(1, 8 if bits <= 8 else 16, bits, bits - 1, signed))
    return image.GetBuffer().encode("utf-8", "surrogateescape")  # its bindings give bytes as text


def _limit(most_memory: int, most_seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: whoever started this waits for some seconds only
        return
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what a crash leaves would hold the radiograph


def main() -> None:
    """Bound memory and time, then decode."""
    _limit(most_memory=int(sys.argv[1]), most_seconds=int(sys.argv[2]))
    import gdcm

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    described = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(decode(gdcm, sys.stdin.buffer.read(), **described))


if __name__ == "__main__":
    main()
