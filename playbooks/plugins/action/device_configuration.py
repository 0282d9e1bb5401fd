"""Renders a device's tree on the controller and hands it to the module on the device."""

from ansible.plugins.action import ActionBase

from device_configs.deploy.rendered import refusal_of, rendered_device

# Here, once, in the process that all workers are forked from: where the trees are not handed over,
# loading the declaration costs a second, which each of the devices' workers would pay again.
rendered_device("")
_PAST_THE_ENGINE = "only the engine of changes writes to a device, on trial: zhishou deploy"


class ActionModule(ActionBase):
    """The inventory name selects the tree; the task's arguments go to the module as they are."""

    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """Execute the module with the packed tree; the tree itself never enters the result."""
        result = super().run(tmp, task_vars)
        rendered = rendered_device(task_vars["inventory_hostname"])
        if refusal := refusal_of(task_vars["inventory_hostname"]):
            return result | {"failed": True, "msg": refusal}
        if rendered is None:
            return result | {"skipped": True, "msg": "the declaration is not brought to it"}
        if not self._task.check_mode and not self._task.args.get("token"):
            return result | {"failed": True, "msg": _PAST_THE_ENGINE}
        done = self._execute_module(
            module_name="device_configuration",
            module_args={**self._task.args, "tree": rendered},
            task_vars=task_vars,
        )
        done.pop("invocation", None)
        return result | done
