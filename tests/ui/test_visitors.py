"""Sessions and folders of visitors, as their cookies name them."""

import pytest

from data_cache.errors import InputError
from ui.visitors import NOBODY, current_visitor, new_secret, own_session, visitor_of


def test_every_cookie_is_another_visitor_and_is_not_given_away() -> None:
    secrets = [new_secret() for _ in range(50)]
    visitors = [visitor_of(secret) for secret in secrets]
    assert len(set(visitors)) == 50 and None not in visitors
    assert all(secret[:8] not in str(visitor) for secret, visitor in zip(secrets, visitors, strict=True))
    assert visitor_of(secrets[0]) == visitors[0]


@pytest.mark.parametrize("secret", [None, "", NOBODY, "a" * 42, "a" * 44, "ä" * 43, "../" + "a" * 40])
def test_other_cookies_are_nobodys(secret: str | None) -> None:
    assert visitor_of(secret) is None


def test_a_session_is_the_visitors_own() -> None:
    assert own_session("abc", "v1") != own_session("abc", "v2")
    for wrong in ("", "a.b", "a/b", "a" * 65, "ä", None, 1):
        with pytest.raises(InputError, match="session hash"):
            own_session(wrong, "v1")


def test_outside_a_request_there_is_no_visitor() -> None:
    assert current_visitor() == NOBODY
