"""Checks a seat's terminal from the controller: whether its host answers and has its display."""

from pathlib import Path

from ansible.plugins.action import ActionBase

from device_configs.deploy.rendered import SECRETS
from device_configs.plays.terminals import read_terminal
from device_configs.render.secrets import Secrets, SecretsMissing


class ActionModule(ActionBase):
    """``seat_terminal: state_directory=...``; nothing is changed on the terminal."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("state_directory",))

    def run(self, tmp=None, task_vars=None):
        """Fail for a terminal that is not known to be in order, and say what is the matter."""
        result = super().run(tmp, task_vars) | {"changed": False}
        try:
            secrets = Secrets.load(Path(self._task.args["state_directory"]) / SECRETS)
        except SecretsMissing as missing:
            return result | {"failed": True, "msg": str(missing)}
        found = read_terminal(task_vars["ansible_host"], secrets.snmp_community)
        if not found.answers:
            return result | {"failed": True, "msg": f"the host does not answer: {found.problem}"}
        if found.is_display_connected is None:
            return result | {
                "failed": True,
                "msg": "the host says nothing of its display",
            }
        if not found.is_display_connected:
            return result | {"failed": True, "msg": "no display is connected"}
        return result
