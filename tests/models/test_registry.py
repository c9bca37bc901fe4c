from typing import get_args

from models.architecture import ModelKind
from models.official import OFFICIAL_FILES
from models.registry import MODELS
from tests.models.networks import narrow


def test_every_kind_has_an_entry_and_an_official_file() -> None:
    assert set(MODELS) == set(OFFICIAL_FILES) == set(get_args(ModelKind))


def test_entries_explain_themselves_and_build_their_kind() -> None:
    for kind, entry in MODELS.items():
        assert entry.kind == kind
        assert all((entry.label, entry.words.endswith("."), entry.paper))
        module = entry.build(narrow(kind))
        assert module.get_submodule("backbone")
