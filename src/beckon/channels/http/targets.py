"""Which machines a request may reach: public ones, and those that an operator listed.

Invariant: the address that was checked is the address that is connected to; a name is looked up
once and never again, so a second answer of its name server reaches nobody.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from beckon.kit.refusals import Invalid

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

PORTS = frozenset([80, 443])
ADDRESSES_MAX = 8

# Python calls some of these global, though an IPv4 address of any kind can hide in each.
NEVER = tuple(
    ip_network(text)
    for text in (
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 of one's own, RFC 8215
        "2002::/16",  # 6to4, RFC 3056
        "2001::/32",  # Teredo, RFC 4380
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "::/96",  # IPv4-compatible, RFC 4291
        "fec0::/10",  # site-local, RFC 3879
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        # And these, though they belong to one network or machine: clouds answer there with secrets.
        "192.0.0.0/24",  # protocol assignments, RFC 6890; 192.0.0.192 at Oracle
        "168.63.129.16/32",  # Azure's own, of every virtual machine
        "5f00::/16",  # segment routing, RFC 9602
        "3fff::/20",  # documentation, RFC 9637
    )
)


class TargetRefusedError(Exception):
    """An address that must not be reached from here; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Machines of one's own that may be reached on these ports; None stands for all of them."""

    network: Network
    ports: frozenset[int] | None = PORTS

    def admits(self, address: Address, port: int) -> bool:
        """Tell whether this opening leads to an address and port."""
        return address in self.network and (self.ports is None or port in self.ports)


def read_openings(text: str) -> tuple[Opening, ...]:
    """Read `10.0.0.0/8, 192.168.1.7:8080, [fd00::/8]:*`; port `*` is every one. Raises Invalid."""
    return tuple(_opening(word.strip()) for word in text.split(",") if word.strip())


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the internet at large."""
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in NEVER)
    )


async def find_addresses(
    host: str,
    port: int,
    openings: Sequence[Opening],
    resolve: Resolve,
    ports: frozenset[int] = PORTS,
) -> list[str]:
    """Find where a connection may go, in the resolver's order, at most 8.

    Raises TargetRefusedError when any answer must not be reached, for a name that leads home
    once will do so again; OSError when there is no answer.
    """
    try:
        found = [ip_address(host)]
    except ValueError:
        found = [_read(text, host) for text in await resolve(host, port)]
    for address in found:
        if not any(opening.admits(address, port) for opening in openings):
            _check(address, host, port, ports)
    return [str(address) for address in found[:ADDRESSES_MAX]]


async def resolve(host: str, port: int) -> list[str]:
    """Ask the machine's resolver for the addresses of a name. Raises OSError."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _check(address: Address, host: str, port: int, ports: frozenset[int]) -> None:
    if port not in ports:
        listed = ", ".join(str(known) for known in sorted(ports))
        raise TargetRefusedError(f"Port {port} is not open to projects; {listed} are.")
    if not is_public(address):
        leads = "is" if str(address) == host else f"leads to {address}, which is"
        raise TargetRefusedError(f"{host} {leads} no public address.")
    if _is_this_machine(address):
        raise TargetRefusedError(f"{host} leads back to this machine.")


def _is_this_machine(address: Address) -> bool:
    """Ask the routing table; a datagram socket that only connects sends nothing."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 443))
            return ip_address(probe.getsockname()[0]) == address
    except OSError:
        return False  # no way there, so none back home either


def _read(text: str, host: str) -> Address:
    try:
        address = ip_address(text)
    except ValueError:
        raise TargetRefusedError(f"{host} leads to {text}, which is no address.") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise TargetRefusedError(f"{host} leads to {text}, an address of one network only.")
    return address


def _opening(word: str) -> Opening:
    network, port = _halves(word)
    try:
        return Opening(ip_network(network), _ports(port))
    except ValueError:
        raise Invalid(
            f"BECKON_PRIVATE_TARGETS: '{word}' must be a network or address, perhaps with a port: "
            "10.0.0.0/8, 192.168.1.7:8080 or [fd00::/8]:*."
        ) from None


def _ports(text: str) -> frozenset[int] | None:
    if text in {"", "*"}:
        return PORTS if not text else None
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise ValueError(text)
    return frozenset([int(text)])


def _halves(word: str) -> tuple[str, str]:
    if word.startswith("["):
        network, _, port = word[1:].partition("]")
        return network, port.removeprefix(":")
    if word.count(":") > 1:
        return word, ""
    network, _, port = word.partition(":")
    return network, port
