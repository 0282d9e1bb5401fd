"""The twin in which a change is rehearsed or a scheduled drill is done: one at a time, beside the
one that may run already.

It lives in a folder of the state directory under a lock of its own, and ends with the thread that
started it, however that ends (:mod:`device_configs.twin.supervisor`). What is left of a killed
rehearsal is a folder without a holder; whoever comes next removes it.
"""

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from device_configs.changes.fleet import ChangeTrial
from device_configs.changes.gates import SETTLING_PAUSE_S, verification_checks
from device_configs.changes.happenings import GateVerdict
from device_configs.changes.linux import LinuxFleet
from device_configs.changes.states import Place
from device_configs.changes.trial_words import intended_fingerprint
from device_configs.deploy.exclusion import Holder, take_named_lock
from device_configs.deploy.lab import Lab, NotReached, deployed_lab
from device_configs.deploy.rendered import SECRETS, RenderedTrees
from device_configs.drills.measuring import platform_of
from device_configs.drills.preparing import NotPaired, wait_until_paired
from device_configs.render import Secrets, Tree
from device_configs.site.model import Site
from device_configs.verify.session import verify
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import Settings

FOLDER, LOCK = "rehearsal", "changes/rehearsal.lock"
NICE = 5
DEVICE_MB, SEAT_MB = 40, 4
"""What a device with its daemons and a seat take at most (docs/performance.md)."""
SETTLES_WITHIN_S = 120.0
AS_READ = "as-read"
"""Names on the twin's devices how they came to their first configuration."""
SPARE_MB = 512
"""What has to remain for the platform and everything else."""


@contextmanager
def rehearsal_folder(state_directory: Path, holder: Holder) -> Iterator[Path]:
    """An empty folder for one rehearsal; gone after the block.

    Raises Conflict, which says who rehearses since when, while another rehearsal goes on.
    """
    try:
        lock = take_named_lock(state_directory, LOCK, holder)
    except Conflict as taken:
        raise Conflict(
            "另一场演练正在进行", taken.detail, "等它结束或取消它，再演练", members=taken.members
        ) from taken
    folder = state_directory / FOLDER
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def remove_left_over(state_directory: Path, holder: Holder) -> bool:
    """Remove what a killed rehearsal left; False where nothing was, or where one goes on."""
    if not (state_directory / FOLDER).exists():
        return False
    try:
        with rehearsal_folder(state_directory, holder):
            return True
    except Conflict:
        return False


def needed_mb(site: Site) -> int:
    """Memory that a twin of the site takes at most, in MiB; pure."""
    return len(site.devices) * DEVICE_MB + len(site.seats) * SEAT_MB


def available_mb(meminfo: str) -> int | None:
    """What the kernel says can still be taken (``MemAvailable`` of proc_meminfo(5)), in MiB; None
    where it does not say; pure."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable" and rest.split()[:1]:
            return int(rest.split()[0]) // 1024
    return None


def read_meminfo() -> str:
    """What the kernel says of the memory, for :func:`require_room`."""
    return Path("/proc/meminfo").read_text(encoding="ascii")


def require_room(site: Site, meminfo: str) -> int | None:
    """Whether another twin fits into memory; returns what is available in MiB.

    Raises Conflict with the numbers. What the kernel does not say refuses nothing.
    """
    available, needed = available_mb(meminfo), needed_mb(site) + SPARE_MB
    if available is not None and available < needed:
        raise Conflict(
            "内存不足，无法为演练再启动一个孪生网络",
            message("可用 {available} MB，需要 {needed} MB。", available=available, needed=needed),
            "停止正在运行的孪生网络（zhishou twin down），或在内存更大的机器上演练",
        )
    return available


@dataclass(frozen=True)
class RehearsalLab:
    """The started twin with the devices as they were read, and what it took to get there."""

    lab: Lab
    twin_mb: int | None
    start_s: float
    configure_s: float


@contextmanager
def rehearsal_lab(
    settings: Settings,
    folder: Path,
    trees: Mapping[str, Tree],
    on_started: Callable[[Lab], None],
) -> Iterator[RehearsalLab]:
    """A twin whose devices have ``trees``; ends with the block. ``on_started`` hears of it before
    anything is configured.

    Raises Conflict where the twin or its configuration does not come about.
    """
    shutil.copy(settings.state_directory / SECRETS, folder / SECRETS)
    own = settings.model_copy(update={"state_directory": folder, "database_url": None})
    began, before = time.monotonic(), _now_available()
    with ExitStack() as twin:
        with _giving_way():
            lab = twin.enter_context(deployed_lab(own))
        on_started(lab)
        started = time.monotonic()
        _configure(lab, trees)
        after = _now_available()
        taken = None if before is None or after is None else max(0, before - after)
        yield RehearsalLab(lab, taken, started - began, time.monotonic() - started)


def wait_until_well(
    lab: Lab, changing: Collection[str], check: Callable[[], None] = lambda: None
) -> None:
    """Wait until what a new twin has to learn first (neighbours, sessions, who leads) is settled:
    found so twice in a row. ``check`` may end the wait by raising.

    A twin that does not settle in time is left to whoever asks next and says why: the gate before
    the change, the preparation of a drill.
    """
    paired = [device.name for device in lab.site.deployed if device.partner]
    asked = tuple(dict.fromkeys((*paired, *changing)))
    deadline, found_well = time.monotonic() + SETTLES_WITHIN_S, 0
    with suppress(NotReached, NotPaired):  # asked for little, before much is asked
        lab.wait_until_reached(next(iter(lab.site.seats)), platform_of(lab.site))
        wait_until_paired(lab)
    while found_well < 2 and time.monotonic() < deadline:
        check()
        found = verification_checks(verify(lab.settings, lab.network, asked), (), changing)
        is_well = all(one.verdict is GateVerdict.PASSED for one in found)
        found_well = found_well + 1 if is_well else 0
        time.sleep(SETTLING_PAUSE_S)


@contextmanager
def _giving_way() -> Iterator[None]:
    """What this thread starts within the block goes behind what watches, and behind the twin that
    runs already; where nobody may change that, nothing is changed."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(before, NICE))
    try:
        yield
    finally:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, before)


def _configure(lab: Lab, trees: Mapping[str, Tree]) -> None:
    """The twin's devices get the files that the real ones have, and those of the others nothing."""
    hidden = Secrets.load(lab.settings.state_directory / SECRETS).hidden
    as_read = RenderedTrees(trees, {}, hidden)
    fleet = LinuxFleet(lab.site, lab.settings, lab.network, lambda _devices: as_read)
    intended = {name: intended_fingerprint(tree) for name, tree in trees.items()}
    answers = fleet.load(tuple(trees), ChangeTrial(token=AS_READ, revert_in_s=0, intended=intended))
    failed = {n: answer for n, answer in answers.items() if answer.place is not Place.NEW}
    if failed:
        raise Conflict(
            "演练用的孪生网络未能取得设备的现有配置",
            "\n".join(f"{name}: {one.message or one.place}" for name, one in failed.items()),
            "用 zhishou deploy --check 查看设备现状",
        )


def _now_available() -> int | None:
    return available_mb(read_meminfo())
