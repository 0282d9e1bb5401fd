"""Files and services of a device, as a rendered tree has them: compared, written, taken over.

Runs on the device, within the Ansible module and by itself; the standard library alone.
"""

import difflib
import hashlib
import json
import os
import pwd
import stat
import subprocess
from pathlib import Path

ROOT = Path("/var/lib/device-configuration")
MANIFEST = ROOT / "files.json"
SERVICE = "/usr/local/sbin/device-service"
TIMEOUT_S = 60


class Refused(Exception):
    """A service did not take its configuration over, or a file cannot be written."""


def read(path):
    try:
        return Path(path).read_bytes().decode(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def attributes(path):
    found = Path(path).stat()
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    return stat.S_IMODE(found.st_mode), owner


def draft(path, content, mode, owner):
    """Write the file beside its place, whole and on disk; never readable by others before its mode
    is set. Returns the draft's path."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(target.name + ".new")
    made.unlink(missing_ok=True)
    made.touch(mode=0o600)
    with made.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    account = pwd.getpwnam(owner)
    os.chown(made, account.pw_uid, account.pw_gid)
    made.chmod(mode)
    return made


def write(path, content, mode, owner):
    """Put a file in place at once."""
    draft(path, content, mode, owner).replace(path)


def state_of(path):
    """Content, mode and owner of a file; None where there is none."""
    content = read(path)
    return None if content is None else (content, *attributes(path))


def differing(files):
    """The files that are not as intended, with what is there now (None: nothing)."""
    found = []
    for file in files:
        before = state_of(file["path"])
        if before != (file["content"], file["mode"], file["owner"]):
            found.append((file, before))
    return found


def manifest():
    """Which files an earlier tree brought, with the service of each."""
    return json.loads(read(MANIFEST) or "{}")


def left_over(files):
    """Files an earlier tree brought that this one no longer has, with their service."""
    intended = {file["path"] for file in files}
    return {path: service for path, service in manifest().items() if path not in intended}


def write_manifest(record):
    write(MANIFEST, json.dumps(record, indent=1), 0o644, "root")


def fingerprint(paths):
    """Of what is at the paths now; the controller makes the same of a tree
    (device_configs/changes/fingerprints.py)."""
    found = []
    for path in sorted(set(paths)):
        now = state_of(path)
        if now is not None:
            found.append([path, now[1], now[2], hashlib.sha256(now[0].encode()).hexdigest()])
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


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
        answer = (expired.output or b"").decode(errors="replace")
        return 1, f"no end after {TIMEOUT_S} s: {answer}"
    return done.returncode, done.stdout.decode(errors="replace").strip()


def is_running(name):
    return Path(SERVICE).exists() and run_service("status", name)[0] == 0


def is_active():
    """Whether the device carries its pair's traffic."""
    return (read("/run/firewall-role") or "").strip() == "master"


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


def take_over(services, concerned, stopped):
    """Each service once: concerned ones take changes over, stopped ones are started."""
    for name in services:
        if name not in concerned and name not in stopped:
            continue
        code, answer = run_service("apply" if name in concerned else "start", name)
        if code != 0:
            raise Refused("{}: {}".format(name, answer or f"ended with status {code}"))
