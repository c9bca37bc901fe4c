"""A copy of CheXlocalize in a private dataset repository on the Hugging Face Hub."""

from pathlib import Path

import httpx2
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from data_cache.errors import InputError


def fetched_dataset(repository: str) -> Path:
    """Bring a dataset repository into the Hugging Face cache, or find it there; returns its folder.

    A private one needs the token HF_TOKEN.

    Raises:
        InputError: the repository is not there or not readable, or the Hub cannot be reached and it is not in the
            cache; or the disk does not take it.
    """
    wanted = f"Expected the dataset repository {repository} on the Hugging Face Hub"
    try:
        return Path(snapshot_download(repository, repo_type="dataset", allow_patterns=["CheXpert/*", "CheXlocalize/*"]))
    except HFValidationError:
        raise InputError(f"Expected a dataset repository such as name/dataset, found {repository!r}.") from None
    except RepositoryNotFoundError:
        raise InputError(f"{wanted}, found none that this token may read; check the name and HF_TOKEN.") from None
    except (LocalEntryNotFoundError, HfHubHTTPError, httpx2.HTTPError):
        raise InputError(f"{wanted}, but it cannot be reached; try again later, or give a folder by --root.") from None
    except OSError as error:
        raise InputError(f"{wanted} to fit on the disk, but {error.strerror or 'it cannot be written'}.") from None
