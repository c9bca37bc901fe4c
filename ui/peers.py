"""Addresses of machines that a setting names: 127.0.0.1, 10.0.0.0/8."""

import ipaddress
from dataclasses import dataclass

from data_cache.errors import InputError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Peers:
    """Machines by their addresses."""

    networks: tuple[_Network, ...] = ()

    @classmethod
    def of(cls, setting: str, flag: str) -> "Peers":
        """The machines that a setting lists, separated by commas.

        Args:
            setting: addresses and networks.
            flag: the setting's, for the message.

        Raises:
            InputError: one is neither.
        """
        names = [name.strip() for name in setting.split(",") if name.strip()]
        return cls(tuple(_network(name, flag) for name in names))

    def __contains__(self, host: object) -> bool:
        """Whether an address, as a connection shows it, is one of these; what is no address is not."""
        try:
            found = ipaddress.ip_address(str(host))
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped  # as a socket for both versions says it
        return any(found.version == network.version and found in network for network in self.networks)


def _network(name: str, flag: str) -> _Network:
    try:
        return ipaddress.ip_network(name)
    except ValueError:
        raise InputError(
            f"Expected addresses such as 127.0.0.1 or 10.0.0.0/8 for {flag}, found {name!r}; separate them by commas."
        ) from None
