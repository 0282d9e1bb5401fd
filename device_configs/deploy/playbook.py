"""Run a playbook by ansible-runner, from the network that the calling thread stands in."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

KEPT_RUNS = 20
RUNNER_SETTINGS = json.dumps({"suppress_output_file": True})
"""What Ansible prints is not kept: what stood on a device may be a secret. ansible-runner looks for
this in its file alone once it is to write no others (``suppress_env_files``)."""


@dataclass(frozen=True)
class PlaybookRun:
    """What to run: a path below the project, and the inventory names it is limited to.

    ``inventory`` None is the declaration's own file of devices. Below ``directory`` of the state
    directory ansible-runner keeps what it needs.
    """

    playbook: str
    devices: Sequence[str]
    check: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    inventory: Path | None = None
    directory: str = "deploy"


def run_playbook(
    settings: Settings,
    run: PlaybookRun,
    on_event: Callable[[Mapping[str, Any]], None],
    is_cancelled: Callable[[], bool] = lambda: False,
) -> str:
    """Run it to its end; returns how ansible-runner calls that: successful, failed, canceled ...

    ``on_event`` gets every event of ansible-runner; ``is_cancelled`` is asked several times a
    second, and once it says so every process of the run is ended.
    """
    import ansible_runner  # only who runs a playbook waits for it

    def handle(event: Mapping[str, Any]) -> bool:
        on_event(event)
        return False  # the event is not kept as a file of its own

    done = ansible_runner.run(
        private_data_dir=str(_private_directory(settings, run.directory)),
        project_dir=str(PROJECT_DIRECTORY),
        playbook=run.playbook,
        inventory=str(run.inventory or settings.inventory / "hosts.yml"),
        limit=",".join(run.devices),
        cmdline="--diff --check" if run.check else "--diff",
        envvars=_environment(settings) | dict(run.environment),
        event_handler=handle,
        cancel_callback=is_cancelled,
        suppress_env_files=True,
        rotate_artifacts=KEPT_RUNS,
        quiet=True,
    )
    return str(done.status)


def _private_directory(settings: Settings, name: str) -> Path:
    directory = settings.state_directory / name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings_file = directory / "env" / "settings"
    settings_file.parent.mkdir(mode=0o700, exist_ok=True)
    if not settings_file.exists() or settings_file.read_text("utf-8") != RUNNER_SETTINGS:
        settings_file.write_text(RUNNER_SETTINGS, "utf-8")
    return directory


def _environment(settings: Settings) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return {
        "ANSIBLE_CONFIG": str(PROJECT_DIRECTORY / "ansible.cfg"),
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
        "ZHISHOU_STATE_DIRECTORY": str(settings.state_directory.absolute()),
        "ZHISHOU_INVENTORY": str(settings.inventory.absolute()),
    }
