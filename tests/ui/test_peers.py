import pytest

from data_cache.errors import InputError
from ui.peers import Peers


def test_addresses_and_networks_of_both_versions() -> None:
    peers = Peers.of("127.0.0.1, 10.1.0.0/16,fd00::/8", "--metrics")
    assert all(host in peers for host in ("127.0.0.1", "10.1.255.3", "fd12::1", "::ffff:10.1.2.3"))
    assert not any(host in peers for host in ("127.0.0.2", "10.2.0.1", "::1", "2001:db8::1", "", "localhost", None))
    assert "127.0.0.1" not in Peers.of("", "--metrics")


@pytest.mark.parametrize("setting", ["localhost", "10.0.0.1/8", "1.2.3", "127.0.0.1;10.0.0.1"])
def test_what_is_no_address_is_one_sentence(setting: str) -> None:
    with pytest.raises(InputError, match=r"Expected addresses such as .* for --metrics, found"):
        Peers.of(setting, "--metrics")
