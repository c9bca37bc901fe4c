"""The one way in which the failure of a library on a stranger's bytes becomes a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from data_cache.errors import InputError


@contextmanager
def guarded(refusal: InputError) -> Iterator[None]:
    """Turn whatever is raised inside into `refusal`; sentences that are there already pass.

    For calls into libraries that parse or decode, and for nothing else: strangers' bytes break them in any way there
    is (out of memory and too deep a recursion among them), and no list of exceptions stays complete.

    Args:
        refusal: one sentence with what was expected, what was found and what to do.

    Raises:
        InputError: as above.
    """
    try:
        yield
    except InputError:
        raise
    except Exception:
        raise refusal from None  # what libraries say may quote the file, and a DICOM file names its patient
