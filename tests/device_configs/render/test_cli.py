"""``zhishou net render``: what it shows, writes and compares, and that it shows no secret."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.render import Secrets
from device_configs.render.families import render_vendor
from device_configs.render_cli import comparable
from device_configs.site import Site
from ops_core.app.cli import app
from ops_core.kernel.sha512_crypt import sha512_crypt


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["net", "render", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_device_is_shown_in_the_language_of_a_family() -> None:
    code, out, _ = run("rt-a", "--family", "huawei_vrp")
    assert code == 0
    assert out.startswith("#\nsysname rt-a\n")
    assert "authentication-mode sha cipher <snmp_auth_password>" in out


def test_without_a_family_the_files_of_its_own_platform_are_shown() -> None:
    code, out, _ = run("rt-a")
    assert code == 0
    assert "=== rt-a/etc/frr/frr.conf" in out


def test_files_are_written_below_a_folder(tmp_path: Path) -> None:
    code, out, _ = run("sw-1", "--family", "h3c_comware", "--output", str(tmp_path))
    assert (code, out) == (0, f"{tmp_path}/sw-1.cfg\n")
    assert "sysname sw-1" in (tmp_path / "sw-1.cfg").read_text("utf-8")


@pytest.mark.parametrize("family", ["huawei_vrp", "h3c_comware"])
@pytest.mark.parametrize("device", ["fwi-a", "sw-1"])
def test_a_running_text_with_the_same_meaning_does_not_differ_by_its_secrets(
    family: str, device: str, site: Site, secrets: Secrets, tmp_path: Path
) -> None:
    running = tmp_path / "running.cfg"
    running.write_text(render_vendor(site, secrets, device, family), "utf-8")
    assert run(device, "--family", family, "--diff", str(running)) == (0, "", "")


@pytest.mark.parametrize("family", ["huawei_vrp", "h3c_comware"])
def test_a_difference_shows_no_secret_and_ends_with_one(
    family: str, site: Site, secrets: Secrets, tmp_path: Path
) -> None:
    running = tmp_path / "running.cfg"
    text = render_vendor(site, secrets, "sw-1", family).replace("10.255.0.50", "10.255.0.99")
    running.write_text(text, "utf-8")
    code, out, _ = run("sw-1", "--family", family, "--diff", str(running))
    assert code == 1
    assert "- snmp-agent target-host trap address udp-domain 10.255.0.99" in out
    assert "+ snmp-agent target-host trap address udp-domain 10.255.0.50" in out
    assert not any(secret in out for secret in secrets.hidden)


def test_a_misspelt_device_gets_the_nearest_name() -> None:
    code, _, err = run("rt-aa")
    assert code == 3
    assert "did you mean 'rt-a'?" in err


def test_an_unknown_family_gets_the_known_ones() -> None:
    code, _, err = run("rt-a", "--family", "junos")
    assert code == 2
    assert "known: frr, arista_eos, h3c_comware, huawei_vrp" in err


def test_a_role_without_a_template_is_refused() -> None:
    code, _, err = run("fwx", "--family", "arista_eos")
    assert code == 2
    assert "arista_eos has no box for the role internet_firewall" in err


def test_keys_do_not_take_part_in_a_comparison() -> None:
    block = "rsa peer-public-key a\n public-key-code begin\n  {}\n public-key-code end\n"
    assert list(comparable(block.format("AAAA"))) == list(comparable(block.format("BBBB")))


def test_a_password_compares_equal_with_the_hash_that_a_box_makes_of_it() -> None:
    account = "username emergency privilege 15 role network-admin secret"
    server = "radius-server host 10.255.0.61 vrf management auth-port 1812 key"
    given = f"{account} canary-Password-1\n{server} 0 canary-Key-1\n"
    shown = f"{account} sha512 {sha512_crypt('canary-Password-1', 'salt')}\n{server} 7 0822455D0A\n"
    assert list(comparable(given)) == list(comparable(shown))
    assert list(comparable(given)) == [f"{account} ****", f"{server} ****"]
