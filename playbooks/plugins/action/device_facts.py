"""Asks a device for its facts and keeps them on the controller."""

import json
from pathlib import Path

from ansible.plugins.action import ActionBase

from device_configs.plays.kept_files import keep_files


class ActionModule(ActionBase):
    """``device_facts: directory=...``; facts that did not change change nothing."""

    _supports_check_mode = True
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("directory",))

    def run(self, tmp=None, task_vars=None):
        """The device is asked in check mode as well: asking changes nothing there."""
        result = super().run(tmp, task_vars)
        read = self._execute_module(module_name="device_facts", module_args={}, task_vars=task_vars)
        read.pop("invocation", None)
        if read.get("failed") or read.get("unreachable"):
            return result | read
        text = json.dumps(read["facts"], indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        directory = Path(self._task.args["directory"])
        try:
            kept = keep_files(directory, {"facts.json": text}, check=self._task.check_mode)
        except OSError as error:
            return result | {"failed": True, "msg": str(error)}
        found = {"changed": bool(kept.changed), "facts": read["facts"]}
        return result | found | {"diff": [{"prepared": kept.diff}] if kept.diff else []}
