#!/usr/bin/python
"""Brings the files of a device to a rendered tree and has each service take its changes over."""

import base64
import difflib
import json
import os
import pwd
import stat
import subprocess
from pathlib import Path

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
options:
  tree:
    description: The tree as packed by C(device_configs.render); made by the action plugin.
    type: str
    required: true
"""

MANIFEST = "/var/lib/device-configuration/files.json"
SERVICE = "/usr/local/sbin/device-service"
TIMEOUT_S = 60


class Refused(Exception):
    """A service did not take its configuration over."""


def read(path):
    try:
        return Path(path).read_bytes().decode(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def attributes(path):
    found = Path(path).stat()
    return stat.S_IMODE(found.st_mode), pwd.getpwuid(found.st_uid).pw_name


def write(path, content, mode, owner):
    """Put a file in place at once, never readable by others before its mode is set."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(content, encoding="utf-8")
    account = pwd.getpwnam(owner)
    os.chown(draft, account.pw_uid, account.pw_gid)
    draft.chmod(mode)
    draft.replace(target)


def restore(path, before):
    if before is None:
        Path(path).unlink(missing_ok=True)
    else:
        write(path, *before)


def differing(files):
    """The files that are not as wanted, with what is there now (None: nothing)."""
    found = []
    for file in files:
        content = read(file["path"])
        if content is None:
            found.append((file, None))
            continue
        mode, owner = attributes(file["path"])
        if (content, mode, owner) != (file["content"], file["mode"], file["owner"]):
            found.append((file, (content, mode, owner)))
    return found


def left_over(files):
    """Files an earlier tree brought that this one no longer has, as files wanted empty."""
    earlier = json.loads(read(MANIFEST) or "{}")
    wanted = {file["path"] for file in files}
    return {path: service for path, service in earlier.items() if path not in wanted}


def run_service(action, name):
    try:
        done = subprocess.run(
            [SERVICE, action, name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        return 1, str(error)
    except subprocess.TimeoutExpired as expired:
        return 1, f"no end after {TIMEOUT_S} s: {(expired.output or b'').decode()}"
    return done.returncode, done.stdout.decode(errors="replace").strip()


def is_running(name):
    return Path(SERVICE).exists() and run_service("status", name)[0] == 0


def masked(text, secrets):
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "<secret>")
    return text


def unified(path, before, after, secrets):
    """A diff for people. The headers name the file; a change of attributes alone says so."""
    old, new = masked(before or "", secrets), masked(after or "", secrets)
    lines = difflib.unified_diff(
        old.splitlines(True),
        new.splitlines(True),
        path if before is not None else "/dev/null",
        path if after is not None else "/dev/null",
    )
    text = "".join(line if line.endswith("\n") else line + "\n" for line in lines)
    return text or f"{path}: mode, owner or a secret changes\n"


def apply_files(changes, removed):
    for file, _ in changes:
        write(file["path"], file["content"], file["mode"], file["owner"])
    for path in removed:
        Path(path).unlink(missing_ok=True)


def take_over(services, concerned, stopped):
    """Each service once: concerned ones take changes over, stopped ones are started."""
    for name in services:
        if name not in concerned and name not in stopped:
            continue
        code, said = run_service("apply" if name in concerned else "start", name)
        if code != 0:
            raise Refused("{}: {}".format(name, said or f"ended with status {code}"))


def put_back(changes, kept, concerned):
    """Restore the former files and have the services that still run take them over again."""
    for file, before in changes:
        restore(file["path"], before)
    for path, before in kept.items():
        restore(path, before)
    for name in concerned:
        if is_running(name):
            run_service("apply", name)


def describe(changes, kept, only_started, secrets):
    diffs = [unified(f["path"], b and b[0], f["content"], secrets) for f, b in changes]
    diffs += [unified(path, before[0], None, secrets) for path, before in kept.items()]
    diffs += [f"{name}: not running, started\n" for name in only_started]
    return [{"prepared": text} for text in diffs]


def main():
    module = AnsibleModule(
        argument_spec={"tree": {"type": "str", "required": True, "no_log": True}},
        supports_check_mode=True,
    )
    tree = json.loads(base64.b64decode(module.params["tree"]))
    files, services, secrets = tree["files"], tree["services"], tree["masked"]
    changes = differing(files)
    removed = left_over(files)
    kept = {path: (read(path), *attributes(path)) for path in removed if Path(path).exists()}
    stopped = [name for name in services if not is_running(name)]
    touched = {file["service"] for file, _ in changes} | {removed[path] for path in kept}
    concerned = [name for name in services if name in touched]
    result = {
        "changed": bool(changes or kept or stopped),
        "files": [file["path"] for file, _ in changes] + sorted(kept),
        "services": [name for name in services if name in concerned or name in stopped],
    }
    if module._diff:
        only_started = [name for name in stopped if name not in concerned]
        result["diff"] = describe(changes, kept, only_started, secrets)
    if module.check_mode or not result["changed"]:
        module.exit_json(**result)
    apply_files(changes, kept)
    try:
        take_over(services, concerned, stopped)
    except Refused as refusal:
        put_back(changes, kept, concerned)
        said = f"{refusal}\nThe former configuration was put back."
        module.fail_json(msg=masked(said, secrets))
    record = {file["path"]: file["service"] for file in files}
    write(MANIFEST, json.dumps(record, indent=1), 0o644, "root")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
