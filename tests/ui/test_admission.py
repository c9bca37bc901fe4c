"""Which names the page answers to and which websites it admits; what is expected is written down by hand."""

import socket

import pytest

from data_cache.errors import InputError
from ui.admission import Admission, own_names
from ui.settings import Settings

MACHINE = socket.gethostname()


@pytest.fixture(autouse=True)
def no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPACE_ID", "SPACE_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("listened", [None, "127.0.0.1", "0.0.0.0", "10.1.2.3", "::", "xray.example.org"])
@pytest.mark.parametrize(
    "host", ["localhost", "localhost:7860", "127.0.0.1:80", "127.8.8.8", "[::1]:7860", "LOCALHOST"]
)
def test_this_machine_is_always_answered(listened: str | None, host: str) -> None:
    assert Admission.of(listened, Settings()).answers(host)


@pytest.mark.parametrize("listened", [None, "127.0.0.1", "0.0.0.0", "10.1.2.3", "::"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.nip.io", "", "[", "a@localhost:x:y"],
)
def test_a_name_that_anybody_may_point_here_is_not(listened: str | None, host: str) -> None:
    assert not Admission.of(listened, Settings()).answers(host)


def test_numbers_are_answered_where_the_app_listens_on_them() -> None:
    assert not Admission.of(None, Settings()).answers("10.1.2.3:7860")
    assert Admission.of("10.1.2.3", Settings()).answers("10.1.2.3:7860")
    assert not Admission.of("10.1.2.3", Settings()).answers("10.1.2.4")
    everywhere = Admission.of("0.0.0.0", Settings())
    assert everywhere.answers("10.1.2.3:7860") and everywhere.answers("[fd00::7]:7860")


def test_the_machines_own_names_are_answered_where_it_listens_everywhere() -> None:
    assert own_names()[0] == MACHINE.lower()
    assert Admission.of("0.0.0.0", Settings()).answers(f"{MACHINE}:7860")
    assert Admission.of("0.0.0.0", Settings()).answers(f"{MACHINE.split('.')[0]}.local")
    assert not Admission.of("0.0.0.0", Settings()).answers(f"{MACHINE}.evil.example")
    assert Admission.of("xray.example.org", Settings()).answers("xray.example.org:7860")


def test_names_are_admitted_by_a_setting() -> None:
    admission = Admission.of(None, Settings(allowed_hosts="xray.example.org, *.clinic.example,10.0.0.7"))
    assert admission.answers("XRAY.example.org:443") and admission.answers("a.clinic.example")
    assert admission.answers("10.0.0.7:7860")
    assert not admission.answers("clinic.example") and not admission.answers("evilclinic.example")
    assert not admission.answers("b.xray.example.org")


@pytest.mark.parametrize("hosts", ["http://xray.example.org", "xray.example.org:80", "a b", "*", "a/b"])
def test_a_wrong_host_in_the_setting_is_one_sentence(hosts: str) -> None:
    with pytest.raises(InputError, match=r"Expected allowed hosts such as xray\.example\.org"):
        Admission.of(None, Settings(allowed_hosts=hosts))


@pytest.mark.parametrize(
    "origins",
    ["*", "portal.example.org", "https://portal.example.org/", "https://*.example.org", "null", "https://u@a.b"],
)
def test_a_wrong_origin_in_the_setting_is_one_sentence(origins: str) -> None:
    with pytest.raises(InputError, match=r"Expected allowed origins such as https://portal\.example\.org"):
        Admission.of(None, Settings(allowed_origins=origins))


def test_origins() -> None:
    admission = Admission.of(None, Settings(allowed_origins="https://portal.example.org,http://a.example:81"))
    assert admission.frames == admission.origins
    own = ["xray.example.org:7860"]
    assert admission.admits("http://xray.example.org:7860", own)
    assert admission.admits("https://xray.example.org", ["xray.example.org:443"])
    assert admission.admits("https://xray.example.org", ["127.0.0.1:7860", "xray.example.org"])
    assert admission.admits("https://portal.example.org", own) and admission.admits("http://a.example:81", own)
    for foreign in ("http://xray.example.org", "http://xray.example.org:7861", "https://evil.example", "null", ""):
        assert not admission.admits(foreign, own)
    for near in (
        "http://portal.example.org",
        "https://portal.example.org:444",
        "https://portal.example.org.evil.example",
    ):
        assert not admission.admits(near, own)


def test_a_space_answers_to_its_host_and_may_be_framed_by_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/explorer")
    monkeypatch.setenv("SPACE_HOST", "somebody-explorer.hf.space")
    admission = Admission.of("0.0.0.0", Settings())
    assert admission.answers("somebody-explorer.hf.space") and not admission.answers("evil.example")
    assert admission.frames == ("https://huggingface.co", "https://hf.co") and admission.origins == ()
    assert not admission.admits("https://huggingface.co", ["somebody-explorer.hf.space"])
    assert not admission.admits("https://other.hf.space", ["somebody-explorer.hf.space"])


def test_only_named_proxies_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPACE_ID", "SPACE_HOST"):
        monkeypatch.delenv(name, raising=False)
    assert Admission.of("0.0.0.0", Settings()).proxies == ()
    named = Admission.of(None, Settings(trusted_proxies="10.0.0.0/8, 192.0.2.7"))
    assert named.proxies == ("10.0.0.0/8", "192.0.2.7/32")
    for wrong in ("proxy.example.org", "*", "10.0.0.1/8"):
        with pytest.raises(InputError, match="trusted proxies"):
            Admission.of(None, Settings(trusted_proxies=wrong))
    monkeypatch.setenv("SPACE_ID", "name/explorer")
    assert "10.0.0.0/8" in Admission.of(None, Settings()).proxies
