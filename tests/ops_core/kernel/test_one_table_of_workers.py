"""Long-lived threads and tasks are started by the runner; any other start has its reason."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("device_configs", "monitors", "incident", "seat_assets", "ops_core", "wallboard")
STARTS = {"Thread", "Timer", "create_task", "ensure_future", "TaskGroup", "ThreadPoolExecutor"}

ALLOWED = {
    ("ops_core/kernel/workers.py", "Thread"): "the runner itself",
    ("device_configs/twin/control.py", "Thread"): "the twin's own process, one a connection",
    ("device_configs/twin/twin.py", "ThreadPoolExecutor"): "the twin's own process, ends with boot",
    ("device_configs/verify/suites/test_logs.py", "ThreadPoolExecutor"): "a verification's process",
    ("device_configs/verify/suites/conftest.py", "ThreadPoolExecutor"): "a verification's process",
    ("monitors/collect/collector.py", "create_task"): "the runner's tasks; one reading a hint",
    ("monitors/collect/polling/poller.py", "TaskGroup"): "in the worker snmp, a boundary each",
    (
        "monitors/collect/polling/poller.py",
        "create_task",
    ): "in the worker snmp, a boundary each",
    ("monitors/collect/probes.py", "TaskGroup"): "in the worker probes, a boundary a check",
    ("monitors/collect/probes.py", "create_task"): "in the worker probes, a boundary a check",
    (
        "monitors/collect/traps/learning.py",
        "TaskGroup",
    ): "in the worker traps, one a question",
    ("monitors/collect/traps/learning.py", "create_task"): "in the worker traps, as above",
    ("monitors/collect/traps/receiver.py", "TaskGroup"): "in the worker traps, which ends with it",
    ("monitors/collect/traps/receiver.py", "create_task"): "in the worker traps, as above",
    ("wallboard/threads.py", "ThreadPoolExecutor"): "requests, bounded, reported to health",
    ("device_configs/changes/background.py", "Thread"): "ends with the step, whose page says how",
    ("device_configs/changes/device_files.py", "ThreadPoolExecutor"): "ends with its question",
    ("device_configs/changes/fleet.py", "ThreadPoolExecutor"): "ends with the step of a stage",
    ("device_configs/changes/linux.py", "ThreadPoolExecutor"): "ends with the step of a stage",
    ("device_configs/changes/rehearsal_progress.py", "Thread"): "ends with the rehearsal",
    ("device_configs/deploy/device_login.py", "ThreadPoolExecutor"): "ends with its question",
    ("device_configs/drivers/bounded.py", "ThreadPoolExecutor"): "ends with the boxes it was given",
    ("device_configs/emulator/devices.py", "Thread"): "a process of its own, ends with its boxes",
    ("device_configs/emulator/devices.py", "create_task"): "a box's session, ends with it",
    ("device_configs/emulator/eos/running.py", "Thread"): "as above, of switches of another kind",
    ("device_configs/plays/background.py", "Thread"): "ends with the play, whose record says how",
    ("device_configs/plays/controller.py", "ThreadPoolExecutor"): "ends with the task of a play",
    ("device_configs/plays/running.py", "ThreadPoolExecutor"): "ends with the play",
    ("wallboard/application.py", "create_task"): "two of the runner's tasks",
    ("wallboard/wall/stream.py", "create_task"): "ends with the viewer's connection",
}
"""Where something runs by itself without the runner, and why no one has to watch it."""


def starts() -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in STARTS:
                        found[str(path.relative_to(ROOT)), name] += 1
    return found


def test_nothing_runs_for_long_outside_the_runner() -> None:
    assert set(starts()) - ALLOWED.keys() == set()


def test_the_table_names_nothing_that_is_gone() -> None:
    assert ALLOWED.keys() - set(starts()) == set()
