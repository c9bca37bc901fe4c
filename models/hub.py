"""Weights on the Hugging Face Hub, named hf://owner/repository/file."""

from pathlib import Path

import httpx
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from data_cache.errors import InputError

PREFIX = "hf://"


class NotFoundError(InputError):
    """Neither the Hub, as far as it can be reached, nor the cache has the file."""


def from_hub(address: str) -> Path:
    """Bring one file of a repository into the Hugging Face cache, or find it there, and return its path.

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
        return Path(hf_hub_download(f"{owner}/{repository}", name))
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
    except (HfHubHTTPError, httpx.HTTPError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"Expected to get {address}, found that it failed ({reason}); try again.") from error


def is_on_hub(spec: object) -> bool:
    """Whether a specification of weights names a file on the Hub."""
    return str(spec).startswith(PREFIX)
