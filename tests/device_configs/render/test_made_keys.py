"""Keys that an installation makes up are of the form that their use takes."""

from pathlib import Path

from device_configs.render import Secrets
from device_configs.render.made_keys import CHARACTERS, made_key
from device_configs.render.passwords import password_of
from device_configs.render.protocol_keys import check_protocol_keys
from device_configs.site.model import MOST_VRRP_CHARACTERS
from tests.device_configs.render.changes import GUARDING, PROTOCOLS, Edit, declared

SIGNED = Edit("protocols.yml", PROTOCOLS, "ospf: {key: {secret: routing}}\n"
              "vrrp: {key: {secret: gateways}}\n")  # fmt: skip
STRICT = Edit("access.yml", "least_characters: 14", "least_characters: 24, least_kinds: 4")


def test_a_key_is_no_longer_than_what_signs_with_it_takes(secrets: Secrets, tmp_path: Path) -> None:
    site = declared(tmp_path / "inventory", (SIGNED,))
    keys = {name: made_key(site, name) for name in site.secret_names}
    assert (len(keys["gateways"]), len(keys["routing"])) == (MOST_VRRP_CHARACTERS, CHARACTERS)
    check_protocol_keys(site, secrets.model_copy(update={"keys": keys}))
    assert made_key(site, "gateways") != keys["gateways"], "made up, and not derived"


def test_a_break_glass_password_is_as_the_policy_wants_it(secrets: Secrets, tmp_path: Path) -> None:
    site = declared(tmp_path / "inventory", (*GUARDING, STRICT))
    (account,) = [one for one in site.accounts if one.password_secret is not None]
    for _ in range(50):
        keys = {name: made_key(site, name) for name in site.secret_names}
        assert password_of(site, account, secrets.model_copy(update={"keys": keys}))
