from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.render import Secrets
from device_configs.site import Site, load_site
from tests.lab.protection.bench import Bench, standing_bench

INVENTORY = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(INVENTORY)


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets(snmp_community="community-of-the-test", snmp_user="zhishou",
                   snmp_auth_password="authentication-of-the-test",
                   snmp_priv_password="privacy-of-the-test", login_keys={})  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for all tests of a module; they use addresses of their own."""
    with standing_bench(tmp_path_factory.mktemp("bench")) as bench:
        yield bench
