"""The bundled cases: whatever is there loads and reads, nothing is fine, and the dataset is never among it."""

from data_cache.demo import DEMO_OUTPUTS, DEMO_ROOT, bundled_cases, cases_below
from tests.data_cache.chexlocalize.roots import simple_root


def test_nothing_bundled_is_no_error(tmp_path):
    assert cases_below(tmp_path / "none") == ()
    (tmp_path / "outputs").mkdir()
    assert cases_below(tmp_path) == ()


def test_all_splits_of_a_folder(tmp_path):
    assert [case.id for case in cases_below(simple_root(tmp_path))] == ["patient1_study1_view1_frontal"]


def test_what_is_bundled_is_simulated_and_whole():
    assert DEMO_OUTPUTS.parent == DEMO_ROOT
    for case in bundled_cases():
        assert case.source.startswith("phantom-")
        assert "PHANTOM" in case.id
        case.check()
