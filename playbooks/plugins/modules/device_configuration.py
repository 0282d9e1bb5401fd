#!/usr/bin/python
"""Brings the files of a device to a rendered tree and has each service take its changes over."""

import base64
import json
from pathlib import Path

from ansible.module_utils import device_former as former
from ansible.module_utils import device_loads as loads
from ansible.module_utils import device_lock as lock
from ansible.module_utils import device_trees as trees
from ansible.module_utils import device_trials as trials
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: device_configuration
short_description: Apply a rendered configuration tree to a device
description:
  - Writes the files that differ, removes those an earlier tree left, and has each concerned
    service take them over once, in the order of their start. A service that does not run is
    started.
  - When a service refuses its new configuration the former files are put back.
  - With a token the new files are on trial. The device takes the former ones back by itself unless
    the trial is confirmed in time (C(device_trials.py confirm TOKEN) on the device).
options:
  tree:
    description: The tree as packed by C(device_configs.render); made by the action plugin.
    type: str
    required: true
  token:
    description: Names the trial. Without one the files stay as soon as every service has them.
    type: str
    default: ""
  revert_in_s:
    description: Seconds after which a trial that nobody confirms ends.
    type: int
    default: 180
  expected:
    description: Fingerprint of what the device is to have before; anything else is refused.
    type: str
    default: ""
  former:
    description: Token of a confirmed trial, whose former files are applied instead of the tree.
    type: str
    default: ""
"""


def describe(changes, kept, only_started, secrets):
    diffs = [trees.unified(f["path"], b and b[0], f["content"], secrets) for f, b in changes]
    diffs += [trees.unified(path, before[0], None, secrets) for path, before in kept.items()]
    diffs += [f"{name}: not running, started\n" for name in only_started]
    return [{"prepared": text} for text in diffs]


def aim_of(params, tree):
    """What is to change: (file, before) pairs, removed paths, services, the manifest then."""
    if params["former"]:
        return former.former_of(params["former"])
    files = tree["files"]
    record = {file["path"]: file["service"] for file in files}
    return trees.differing(files), trees.left_over(files), tree["services"], record


def main():
    module = AnsibleModule(
        argument_spec={
            "tree": {"type": "str", "required": True, "no_log": True},
            "token": {"type": "str", "default": "", "no_log": False},
            "revert_in_s": {"type": "int", "default": 180},
            "expected": {"type": "str", "default": ""},
            "former": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    params = module.params
    tree = json.loads(base64.b64decode(params["tree"]))
    secrets = tree["masked"]
    try:
        changes, removed, services, manifest = aim_of(params, tree)
    except trees.Refused as refusal:
        module.fail_json(msg=trees.masked(str(refusal), secrets))
    kept = {path: trees.state_of(path) for path in removed if Path(path).exists()}
    stopped = [name for name in services if not trees.is_running(name)]
    touched = {file["service"] for file, _ in changes} | {removed[path] for path in kept}
    concerned = [name for name in services if name in touched]
    paths = {file["path"] for file, _ in changes} | set(manifest) | set(trees.manifest())
    result = {
        "changed": bool(changes or kept or stopped),
        "files": [file["path"] for file, _ in changes] + sorted(kept),
        "services": [name for name in services if name in concerned or name in stopped],
        "fingerprint": trees.fingerprint(paths),
        "stopped": stopped,
        "active": trees.is_active(),
    }
    if module._diff:
        only_started = [name for name in stopped if name not in concerned]
        result["diff"] = describe(changes, kept, only_started, secrets)
    if module.check_mode or not (result["changed"] or params["token"]):
        module.exit_json(**result)
    try:
        loads.begin(
            params["token"] or loads.DIRECT,
            params["revert_in_s"] if params["token"] else 0,
            changes,
            {path: removed[path] for path in kept},
            services,
            manifest,
            params["expected"],
        )
    except (trees.Refused, lock.Busy) as refusal:
        module.fail_json(msg=trees.masked(str(refusal), secrets))
    if params["token"]:  # read back: nobody has to come again to ask
        result["trial"] = trials.status(params["token"])
    module.exit_json(**result)


if __name__ == "__main__":
    main()
