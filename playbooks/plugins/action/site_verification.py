"""Runs the verification suites once for all devices of the play."""

from ansible.plugins.action import ActionBase

from device_configs.verify.session import verify
from ops_core.kernel.settings import load_settings


class ActionModule(ActionBase):
    """``site_verification:`` with ``run_once``; the devices are those of the play."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """What was checked, as data: which of it failed is for the tasks behind to say."""
        result = super().run(tmp, task_vars)
        found = verify(load_settings(), None, task_vars["ansible_play_hosts_all"])
        return result | found.model_dump(mode="json") | {"changed": False}
