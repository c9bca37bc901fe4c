"""Weights on the Hugging Face Hub, named hf://owner/repository/file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import logging as hub_logging

from data_cache.errors import InputError

PREFIX = "hf://"
_PATIENCE = 4.0  # seconds for the Hub's first answer
_REMEMBERED = 60.0  # seconds for which a Hub that did not answer is not asked again
_silent: dict[str, float] = {}  # when a Hub did not answer, by its address


class NotFoundError(InputError):
    """Neither the Hub, as far as it can be reached, nor the cache has the file."""


def from_hub(address: str) -> Path:
    """Bring one file of a repository into the Hugging Face cache, or find it there, and return its path.

    Where the Hub does not answer within seconds, what the cache holds is taken: its library would try for half a
    minute, and say so several times.

    Args:
        address: hf://owner/repository/file, the file with its folders.

    Raises:
        NotFoundError: there is no such file, or it is not in the cache and the Hub cannot be reached.
        InputError: the address has another form, or the transfer fails.
    """
    owner, _, rest = address.removeprefix(PREFIX).partition("/")
    repository, _, name = rest.partition("/")
    if not (owner and repository and name):
        raise InputError(f"Expected hf://owner/repository/file, found {address!r}; name the file in the repository.")
    try:
        with _quiet():
            answers = _answers(f"{owner}/{repository}", name)
            return Path(hf_hub_download(f"{owner}/{repository}", name, local_files_only=not answers))
    except LocalEntryNotFoundError as error:
        raise NotFoundError(
            f"Expected {name} of {owner}/{repository} in the Hugging Face cache or on the Hub, found it in neither: "
            "the Hub cannot be reached; download the file elsewhere and name it here."
        ) from error
    except (EntryNotFoundError, RepositoryNotFoundError) as error:
        raise NotFoundError(
            f"Expected {name} in {owner}/{repository} on the Hugging Face Hub, found no such file, or none that is "
            "public; check the address."
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"Expected to get {address}, found that it failed ({reason}); try again.") from error


def is_on_hub(spec: object) -> bool:
    """Whether a specification of weights names a file on the Hub."""
    return str(spec).startswith(PREFIX)


def _answers(repository: str, name: str) -> bool:
    """Whether it is worth asking the Hub, since it answers; what it says is for `hf_hub_download` to judge."""
    if constants.is_offline_mode():
        return False
    if time.monotonic() - _silent.get(constants.ENDPOINT, -_REMEMBERED) < _REMEMBERED:
        return False
    heard: list[bool] = []

    def ask() -> None:
        """Note whether the Hub says anything of the file, be it that there is none."""
        try:
            get_hf_file_metadata(hf_hub_url(repository, name), timeout=_PATIENCE)
        except (httpx2.TransportError, FileMetadataError):
            heard.append(False)
        except HfHubHTTPError as error:
            heard.append(error.response.status_code < 500)
        except ValueError:  # of a repository that cannot be named so
            heard.append(True)
        else:
            heard.append(True)

    asking = Thread(target=ask, name="hub", daemon=True)  # nothing bounds how long a name is looked up
    asking.start()
    asking.join(_PATIENCE)
    if heard == [True]:
        return True
    _silent[constants.ENDPOINT] = time.monotonic()
    return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the Hub's library keep its warnings to itself: what matters is said in one sentence."""
    before = hub_logging.get_verbosity()
    hub_logging.set_verbosity_error()
    try:
        yield
    finally:
        hub_logging.set_verbosity(before)
