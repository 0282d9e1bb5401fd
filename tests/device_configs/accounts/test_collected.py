"""Sign-ins of vendors' boxes among what a log collector keeps of them."""

from datetime import UTC, datetime

import pytest

from device_configs.accounts.linux import commands_of, sign_in_of
from device_configs.site import load_site
from ops_core.kernel.settings import PROJECT_DIRECTORY

STAMP = "2026-11-29T20:00:00+08:00"


@pytest.mark.parametrize(
    ("line", "who", "source"),
    [
        ("%%01SSH/5/SSH_USER_LOGIN(s)[1]:The SSH user succeeded in logging in. (ServiceType="
         "stelnet, UserName=li.ming, UserAddress=10.255.0.77, VPNInstanceName=_public_)",
         "li.ming", "10.255.0.77"),
        ("SSHS/6/SSHS_LOG: Accepted password for li.ming from 2001:db8::77 port 40022 ssh2.",
         "li.ming", "2001:db8::77"),
        ("sshd[7]: Accepted publickey for root from 10.255.0.5 port 40022 ssh2: ED25519 SHA256:x",
         "root", "10.255.0.5"),
    ],
    ids=["VRP", "Comware", "OpenSSH"],
)  # fmt: skip
def test_a_collected_line_names_who_signed_in_where_and_from(
    line: str, who: str, source: str
) -> None:
    use = sign_in_of(f"{STAMP} rt-a {line}")
    assert use is not None
    assert (use.device, use.name, str(use.source)) == ("rt-a", who, source)
    assert use.at == datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "SSHS/6/SSHS_LOG: Failed password for root from 10.9.9.9.",
        "%%01SSH/4/SSH_FAIL(s)[1]:Failed (UserName=x, UserAddress=10.9.9.9)",
    ],
)
def test_a_failed_sign_in_is_no_use(line: str) -> None:
    assert sign_in_of(f"{STAMP} rt-a {line}") is None


def test_a_collector_is_asked_for_the_lines_of_every_kind() -> None:
    site = load_site(PROJECT_DIRECTORY / "inventory")
    collector = next(device for device in site.deployed if device.role.collects_logs)
    asked = commands_of(collector)["accepted"]
    assert "SSH_USER_LOGIN" in asked
    assert "/var/log/audit/*.log" in asked
