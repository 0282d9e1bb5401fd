"""Keeps a device's rendered configuration on the controller, secrets masked."""

from pathlib import Path

from ansible.plugins.action import ActionBase

from device_configs.deploy.rendered import refusal_of, rendered_device
from device_configs.plays.kept_files import keep_files, rendered_files

# Rendered once, in the process that all workers are forked from.
rendered_device("")


class ActionModule(ActionBase):
    """``rendered_configuration: directory=...``; the inventory name selects the tree."""

    _supports_check_mode = True
    _requires_connection = False
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("directory",))

    def run(self, tmp=None, task_vars=None):
        """Bring ``directory`` to the tree; nothing is asked of the device."""
        result = super().run(tmp, task_vars)
        rendered = rendered_device(task_vars["inventory_hostname"])
        if refusal := refusal_of(task_vars["inventory_hostname"]):
            return result | {"failed": True, "msg": refusal}
        if rendered is None:
            return result | {"skipped": True, "msg": "the declaration is not brought to it"}
        directory = Path(self._task.args["directory"])
        try:
            kept = keep_files(directory, rendered_files(rendered), check=self._task.check_mode)
        except OSError as error:
            return result | {"failed": True, "msg": str(error)}
        found = {"changed": bool(kept.changed), "files": list(kept.changed)}
        return result | found | {"diff": [{"prepared": kept.diff}] if kept.diff else []}
