from pathlib import Path

import pytest

from device_configs.render import Secrets, Tree, render_site
from device_configs.site import Site, load_site

INVENTORY = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(INVENTORY)


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets(
        snmp_community="community-of-the-test",
        snmp_user="zhishou",
        snmp_auth_password="authentication-of-the-test",
        snmp_priv_password="privacy-of-the-test",
        login_keys={
            "root": "ssh-rsa AAAA-public-key-of-the-test root",
            "duty-engineer": "ssh-rsa AAAA-public-key-of-the-engineer duty-engineer",
        },
        keys={
            "ospf-inside": "ospf-of-the-test",
            "bgp-inside": "bgp-inside-of-the-test",
            "egov-a": "bgp-of-circuit-a-of-the-test",
            "egov-b": "bgp-of-circuit-b-of-the-test",
            "time": "time-of-the-test",
            "firewalls": "heartbeat-of-the-test",
            "gateways": "vrrp-key",
            "servers": "servers-of-the-test",
            "emergency": "Emergency-of-the-test-1",
        },
    )


@pytest.fixture(scope="session")
def trees(site: Site, secrets: Secrets) -> dict[str, Tree]:
    return render_site(site, secrets)
