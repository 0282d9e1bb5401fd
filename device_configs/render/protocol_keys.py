"""Keys that protocols sign with, by what the other end can hold of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.site.model import (
    MOST_MD5_CHARACTERS,
    MOST_VRRP_CHARACTERS,
    NumberedSecret,
    Site,
)

MOST_BGP_CHARACTERS = 80
"""What every family takes for a session (RFC 2385 section 4.5)."""


@dataclass(frozen=True)
class KeyBound:
    """What a key may have at most where it is named."""

    place: str
    secret: str
    most: int


def check_protocol_keys(site: Site, secrets: Secrets) -> None:
    """Refuse a key that some family would cut or not take.

    Raises :class:`NotRenderable` for one that is too long, and
    :class:`~device_configs.render.secrets.SecretsMissing` for one that the secrets do not hold.
    """
    for bound in key_bounds(site):
        length = len(secrets.key(bound.secret))
        if length > bound.most:
            raise NotRenderable(
                f"secrets.json: keys.{bound.secret}: has {length} characters, and "
                f"{bound.place} takes {bound.most} at most; use a shorter one of random characters"
            )


def key_bounds(site: Site) -> Iterator[KeyBound]:
    """The keys that are named, each with what it may have at most."""
    protocols = site.protocols
    if (ospf := protocols.ospf.key) is not None and ospf.algorithm == "md5":
        yield KeyBound("protocols.yml: ospf.key by md5", ospf.secret, MOST_MD5_CHARACTERS)
    if (vrrp := protocols.vrrp.key) is not None:
        yield KeyBound("protocols.yml: vrrp.key", vrrp.secret, MOST_VRRP_CHARACTERS)
    if (bgp := protocols.bgp.key) is not None:
        yield KeyBound("protocols.yml: bgp.key", bgp.secret, MOST_BGP_CHARACTERS)
    for circuit in site.circuits.values():
        if circuit.bgp_secret is not None:
            place = f"circuits.yml: circuits[{circuit.name}].bgp_secret"
            yield KeyBound(place, circuit.bgp_secret, MOST_BGP_CHARACTERS)


def linux_ospf_key(named: NumberedSecret | None, secrets: Secrets) -> str | None:
    """The key of OSPF on Linux: FRR 8.4 signs with keyed MD5, whatever boxes do.

    Raises :class:`NotRenderable` for a longer one than that takes.
    """
    if named is None:
        return None
    value = secrets.key(named.secret)
    if len(value) > MOST_MD5_CHARACTERS:
        raise NotRenderable(
            f"secrets.json: keys.{named.secret}: has {len(value)} characters, and OSPF on Linux "
            f"takes {MOST_MD5_CHARACTERS} at most (FRR 8.4 signs with keyed MD5); use a shorter one"
        )
    return value
