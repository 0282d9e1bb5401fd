"""Why a run did not come to a device, by the real ansible-runner."""

from pathlib import Path

import pytest

from device_configs.deploy.ansible_events import reason_of
from device_configs.deploy.results import DeployResult, DeviceState
from device_configs.deploy.runner import SITE_PLAYBOOK, run
from device_configs.site import Site, load_site
from ops_core.kernel.settings import Settings

ROOT = Path(__file__).parents[3]
SITE: Site = load_site(ROOT / "inventory")
DEVICE = "rt-a"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_directory=tmp_path, inventory=ROOT / "inventory")


def deployed(settings: Settings, playbook: Path | str) -> DeployResult:
    return run(SITE, settings, None, limit=[DEVICE], playbook=str(playbook))


def play(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "play.yml"
    file.write_text(text)
    return file


def test_an_unreachable_device_says_why(settings: Settings, tmp_path: Path) -> None:
    nobody = play(
        tmp_path,
        "- hosts: all\n  gather_facts: false\n  vars:\n"
        "    {ansible_host: 127.0.0.9, ansible_port: 9, ansible_connection: ssh}\n"
        "  tasks: [{ansible.builtin.ping: {}}]\n",
    )
    found = deployed(settings, nobody)
    result = found.devices[DEVICE]
    assert result.state is DeviceState.UNREACHABLE
    assert "127.0.0.9" in result.message
    assert (found.succeeded, found.reason) == (False, "")


def test_an_error_in_a_play_is_the_reason(settings: Settings, tmp_path: Path) -> None:
    unknown = play(tmp_path, "- hosts: all\n  tasks: [{no_such_action: {}}]\n")
    found = deployed(settings, unknown)
    assert found.devices[DEVICE].state is DeviceState.FAILED
    assert "no_such_action" in found.devices[DEVICE].message
    assert "no_such_action" in found.reason
    assert "play.yml" in found.reason, "where it is written"
    assert not found.succeeded


def test_a_play_that_is_no_yaml_is_the_reason(settings: Settings, tmp_path: Path) -> None:
    found = deployed(settings, play(tmp_path, "- hosts: all\n  tasks: [\n"))
    assert "YAML" in found.devices[DEVICE].message


def test_missing_secrets_are_the_reason(settings: Settings) -> None:
    found = deployed(settings, SITE_PLAYBOOK)
    text = found.reason + found.devices[DEVICE].message
    assert "secrets.json" in text
    assert not found.succeeded


def test_ansible_that_is_not_installed_is_the_reason(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = deployed(settings, play(tmp_path, "- hosts: all\n"))
    assert "ansible-playbook" in found.devices[DEVICE].message
    assert not found.succeeded


@pytest.mark.parametrize(
    ("remarks", "reason"),
    [
        pytest.param(["[WARNING]: old", "[ERROR]: no host", "Origin: a.yml"],
                     "[ERROR]: no host\nOrigin: a.yml", id="from the first error on"),
        pytest.param(["not executable: ansible-playbook.", ""],
                     "not executable: ansible-playbook.", id="without an error all of it"),
        pytest.param([], "", id="nothing was said"),
    ],
)  # fmt: skip
def test_the_reason_of_remarks(remarks: list[str], reason: str) -> None:
    assert reason_of(remarks) == reason
