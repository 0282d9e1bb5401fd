"""What docs/drivers.md says of NAPALM's own ios and junos: their code before a line that answers.

There is neither such a device here nor an emulator of one. What the drivers would send is written
down, nothing of a device's behaviour is shown by it; the platform refuses both.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from jnpr.junos.rpcmeta import _RpcMetaExec
from jnpr.junos.utils.config import Config
from lxml import etree
from napalm import get_network_driver
from napalm.base.exceptions import CommandErrorException, CommitConfirmException

from device_configs.changes.box_steps import LANGUAGES
from device_configs.site.checks.pairs import platforms

PENDING = "Time configured(UTC): 10:00\nTimer type: absolute timer\nTimer value: 5 min\nUser: {}\n"
NONE_PENDING = "%No Rollback Confirmed Change pending"
DIFF = "+ host-name rt-a;"
SHOW_TIMER = "show archive config rollback timer"


@dataclass
class IosLine:
    """Netmiko's side of an IOS session: answers by command, and what was sent."""

    answers: dict[str, str]
    sent: list[str] = field(default_factory=list)

    def send_command(self, command: str, **_: Any) -> str:
        self.sent.append(command)
        if command.startswith("dir "):
            return f"Directory of {command.removeprefix('dir ')}"
        return self.answers.get(command, "")

    def find_prompt(self) -> str:
        return "rt-a#"

    def config_mode(self, config_command: str) -> None:
        self.sent.append(config_command)

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_kwargs: self.sent.append(f"<{name}>") or ""


def ios(timer: str = NONE_PENDING, archive: str = "") -> Any:
    driver = get_network_driver("ios")(
        "192.0.2.1", "zhishou", "-", optional_args={"dest_file_system": "flash:"}
    )
    driver.device = IosLine({SHOW_TIMER: timer, "show archive": archive})
    return driver


@dataclass
class JunosSession:
    """NETCONF's side of a Junos session: what was asked; what is loaded differs by one line."""

    asked: list[str] = field(default_factory=list)

    def execute(self, rpc: Any, **_: Any) -> Any:
        self.asked.append(etree.tostring(rpc).decode())
        return etree.XML(f"<answer><configuration-output>{DIFF}</configuration-output></answer>")


def junos() -> tuple[Any, JunosSession]:
    driver = get_network_driver("junos")("192.0.2.1", "zhishou", "-")
    session = JunosSession()
    device = SimpleNamespace(execute=session.execute)
    device.rpc = _RpcMetaExec(device)
    device.cu = Config(device)
    driver.device, driver.lock_disable = device, True
    return driver, session


def test_the_platform_refuses_both() -> None:
    assert not {"ios", "junos"} & {*platforms(), *LANGUAGES}


@pytest.mark.parametrize("replace", [True, False])
def test_ios_rounds_seconds_down_to_minutes(replace: bool) -> None:
    driver = ios()
    driver.config_replace = replace
    driver.commit_config(revert_in=90)
    begins = "configure replace" if replace else "configure terminal revert"
    (sent,) = [line for line in driver.device.sent if line.startswith(begins)]
    assert sent.endswith("timer 1")
    assert "<save_config>" not in driver.device.sent


def test_ios_takes_no_trial_without_its_archive() -> None:
    driver = ios(archive="Archive feature not enabled")
    driver.config_replace = True
    with pytest.raises(CommitConfirmException):
        driver.commit_config(revert_in=60)


def test_ios_confirms_what_waits_of_the_same_login_whichever_change_it_is() -> None:
    own, foreign = ios(PENDING.format("zhishou")), ios(PENDING.format("li.ming"))
    own.confirm_commit()
    assert "configure confirm" in own.device.sent
    with pytest.raises(CommitConfirmException):
        foreign.confirm_commit()
    with pytest.raises(CommandErrorException):
        own.commit_config()


def test_junos_takes_minutes_alone() -> None:
    driver, session = junos()
    driver.commit_config(revert_in=120)
    assert "<confirm-timeout>2</confirm-timeout>" in session.asked[-1]
    with pytest.raises(CommitConfirmException):
        driver.commit_config(revert_in=90)


def test_junos_confirms_by_committing_what_the_candidate_holds() -> None:
    driver, session = junos()
    driver.confirm_commit()
    assert session.asked == ["<commit-configuration/>"]


def test_junos_goes_one_commit_back_whoever_made_it() -> None:
    driver, session = junos()
    driver.rollback()
    assert 'rollback="1"' in session.asked[0]
    assert session.asked[1:] == ["<commit-configuration/>"]


def test_junos_shows_what_a_loaded_text_changes() -> None:
    driver, session = junos()
    driver.load_merge_candidate(config="set system host-name rt-a")
    assert 'action="set"' in session.asked[0]
    assert driver.compare_config() == DIFF
    assert 'compare="rollback"' in session.asked[-1]
