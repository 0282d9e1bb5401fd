"""Says of one host what a task found that worked for all of them."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """``host_outcome: hosts=...``: ``hosts`` of such a task's result."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("hosts",))

    def run(self, tmp=None, task_vars=None):
        """The result of this host; one that is missing is unknown."""
        result = super().run(tmp, task_vars)
        missing = {"failed": True, "unknown": True, "msg": "nothing was found out"}
        return result | self._task.args["hosts"].get(task_vars["inventory_hostname"], missing)
