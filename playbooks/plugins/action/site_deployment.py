"""Brings the devices of the play to the declaration, by the engine of changes."""

from ansible.plugins.action import ActionBase

from device_configs.plays.bringing import bring
from device_configs.plays.outcomes import result_for_all


class ActionModule(ActionBase):
    """``site_deployment:`` with ``run_once``; the devices are those of the play."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """What became of each host, for ``host_outcome`` to say."""
        result = super().run(tmp, task_vars)
        hosts, check = task_vars["ansible_play_hosts_all"], self._task.check_mode
        return result | result_for_all(
            lambda given: bring(given, hosts, check=check), self._display.display
        )
