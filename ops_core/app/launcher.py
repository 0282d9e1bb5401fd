"""``zhishou run``: everything on one machine, with progress, and a clean end of all of it."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.deploying import DeploymentWish, deploy
from device_configs.changes.happenings import DevicePlaced, Happening
from device_configs.changes.model import ChangePlan
from device_configs.changes.states import Place
from device_configs.deploy.seeds import prepare_state
from device_configs.site import Site, load_site
from device_configs.site.faults import SiteInvalid
from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinError
from device_configs.twin.state import TwinStatus
from device_configs.twin.supervisor import supervisor_command
from ops_core.app.demonstration.people import SignIn, ensure_people, sign_in_table
from ops_core.app.influx_daemon import start_influxd
from ops_core.app.platform import demonstrates
from ops_core.app.processes import start_child, stop_child, tail_of, wait_until
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import ensure_first_user
from ops_core.kernel.permissions import OPERATOR_ROLES, Actor
from ops_core.kernel.settings import Settings

LAUNCHER = Actor.system("launcher")
FIRST_START = "启动孪生网络"
"""Why the launcher deploys."""
PLATFORM_PATIENCE_S = 300.0
"""Generous: a child that ends is seen at once, and a busy machine only needs its time."""
PLATFORM_END_S = 8.0
RESTART_PAUSE_S = 1.0


@dataclass
class Running:
    """The children, in the order in which they were started."""

    twin: subprocess.Popen[bytes] | None = None
    platform: subprocess.Popen[bytes] | None = None

    def stop_platform(self) -> None:
        if self.platform is not None:
            stop_child(self.platform, PLATFORM_END_S)


def run(settings: Settings, console: Console) -> int:
    """Start everything, watch it until Ctrl-C, end everything; returns the exit code.

    Raises a DomainError when something refuses to start; nothing is left behind then either.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    site = _declaration(settings)
    with ExitStack() as cleanup:
        cleanup.enter_context(only_one(settings.state_directory))
        sign_ins = _prepare_database(settings, site)
        environment = _metrics(settings, console, cleanup)
        running = Running()
        if can_build_twin():
            running.twin = _start_twin(site, settings, console, cleanup)
            _deploy(site, settings, console)
        else:
            console.print(
                "没有 root 权限或不是 Linux：改为监测本机回环地址上的模拟 SNMP 代理。 "
                "(No root or not Linux: watching simulated SNMP agents on loopback.)"
            )
        cleanup.callback(running.stop_platform)
        running.platform = _start_platform(settings, environment)
        _announce(settings, console, sign_ins)
        return _watch(settings, console, running, environment)


def can_build_twin() -> bool:
    """Namespaces need Linux and root."""
    return sys.platform == "linux" and os.geteuid() == 0


@contextmanager
def only_one(state_directory: Path) -> Iterator[None]:
    """Hold the state directory; raises :class:`Conflict` when another run holds it.

    What a killed run left behind dies with it (parent-death signals); waiting for the lock of
    its dying platform is all the cleaning there is to do here.
    """
    state_directory.mkdir(parents=True, exist_ok=True)
    with (state_directory / "run.lock").open("a+") as lock:
        if not wait_until(lambda: _locked(lock.fileno()), patience_s=10):
            lock.seek(0)
            raise Conflict(
                "已经在运行",
                f"另一个 zhishou run（进程 {lock.read().strip()}）正在使用同一状态目录。",
                "先用 Ctrl-C 结束它，或为这一个设置 ZHISHOU_STATE_DIRECTORY。",
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _declaration(settings: Settings) -> Site:
    try:
        return load_site(settings.inventory)
    except SiteInvalid as invalid:
        raise Invalid(
            f"场地声明有 {len(invalid.faults)} 处错误，什么也没有启动",
            str(invalid),
            "改正后重新运行。",
        ) from invalid


def _prepare_database(settings: Settings, site: Site) -> tuple[SignIn, ...]:
    """Returns the accounts made just now; their passwords are known nowhere else."""
    with _database(settings) as database:
        migrate(database.engine, TABLE_MODULES)
        with unit_of_work(database, EventBus(), SystemClock(), LAUNCHER) as uow:
            first = ensure_first_user(uow)
            made = (SignIn(first.name, first.password, OPERATOR_ROLES),) if first else ()
            return made + (ensure_people(uow, site) if demonstrates(settings, site) else ())


def _metrics(settings: Settings, console: Console, cleanup: ExitStack) -> dict[str, str]:
    if settings.metrics != "influxdb" or "ZHISHOU_INFLUXDB_URL" in os.environ:
        return {}
    influxd, url = start_influxd(settings.state_directory / "influxdb")
    cleanup.callback(stop_child, influxd, 5)
    console.print(f"指标库 metrics: InfluxDB {url}")
    return {"ZHISHOU_INFLUXDB_URL": url}


def _start_twin(
    site: Site, settings: Settings, console: Console, cleanup: ExitStack
) -> subprocess.Popen[bytes]:
    prepare_state(site, settings.state_directory)
    log = settings.state_directory / "twin.log"
    log.unlink(missing_ok=True)
    twin = start_child(
        supervisor_command(settings.inventory, settings.state_directory),
        log,
    )
    cleanup.callback(_end_twin, settings.state_directory, twin)
    with _bar(console, "孪生网络 twin") as advance:

        def show(status: TwinStatus) -> None:
            advance(status.progress.done, status.progress.total, status.progress.step)

        try:
            TwinClient.of(settings.state_directory).wait_until_ready(show, twin)
        except TwinError as error:
            raise Conflict(
                "孪生网络没有建立", f"{error}\n{tail_of(log)}", "查看上面的原因。"
            ) from error
    return twin


def _end_twin(state_directory: Path, twin: subprocess.Popen[bytes]) -> None:
    """End it and return when the kernel has ended its last process."""
    try:
        TwinClient.of(state_directory).down()
    except (TwinError, OSError):
        twin.terminate()
    stop_child(twin, 15)


def _deploy(site: Site, settings: Settings, console: Console) -> None:
    """What fails before is for this to mend: the twin has only just started."""
    twin = TwinClient.of(settings.state_directory)
    with _database(settings) as database, _bar(console, "下发配置 deploy") as advance:
        work = ChangeWork(site, settings, database, EventBus(), SystemClock(), twin)
        progress = _DeviceProgress(advance)
        done = deploy(
            work, LAUNCHER, DeploymentWish(reason=FIRST_START, repair=True),
            on_plan=progress.planned, on_step=progress.went_on,
        )  # fmt: skip
    if not done.succeeded and done.change is not None:
        raise Conflict(
            "配置没有全部下发", done.change.message, "改正后重新运行；孪生网络已经撤除。"
        )


@dataclass
class _DeviceProgress:
    """Counts the devices that are through."""

    advance: Callable[[int, int, str], None]
    total: int = 0
    done: set[str] = field(default_factory=set)

    def planned(self, plan: ChangePlan) -> None:
        self.total = len(plan.devices)
        self.advance(0, self.total, "")

    def went_on(self, _happened: str, happening: Happening) -> None:
        if isinstance(happening, DevicePlaced) and happening.place in (Place.NEW, Place.MIXED):
            self.done.add(happening.device)
            self.advance(len(self.done), self.total, happening.device)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _bar(console: Console, title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on a terminal; elsewhere a line at the start and one at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    begun = time.monotonic()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.fields[what]}"),
    )  # fmt: skip
    if not console.is_terminal:
        console.print(f"{title} ...")
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None, what="")

        def advance(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, what=what)

        yield advance
    console.print(f"{title}: {time.monotonic() - begun:.1f} s")


def _start_platform(settings: Settings, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start ``zhishou serve`` and wait until it answers."""
    log = settings.state_directory / "platform.log"
    platform = start_child([sys.executable, "-m", "ops_core.app.cli", "serve"], log, environment)
    url = f"{settings.own_origin}/healthz"
    if not wait_until(lambda: platform.poll() is not None or _answers(url), PLATFORM_PATIENCE_S):
        stop_child(platform, 1)
    if platform.poll() is not None:
        raise Conflict("平台没有启动", tail_of(log), "查看上面的原因。")
    return platform


def _answers(url: str) -> bool:
    """Whether the platform is up; what it says of itself, healthy or not, is for its readers."""
    try:
        httpx.get(url, timeout=1)
        return True
    except httpx.HTTPError:
        return False


def _announce(settings: Settings, console: Console, sign_ins: tuple[SignIn, ...]) -> None:
    console.print(f"值守 Zhishou: {settings.public_origin or settings.own_origin}")
    if sign_ins:
        console.print("首次登录，仅显示一次 (first logins, shown this once):")
        for line in sign_in_table(sign_ins):
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    console.print("Ctrl-C 结束全部 (ends everything)")


def _watch(
    settings: Settings, console: Console, running: Running, environment: dict[str, str]
) -> int:
    """Until Ctrl-C: restart the platform when it dies, give up when the twin does."""
    try:
        while True:
            time.sleep(0.3)
            if running.twin is not None and running.twin.poll() is not None:
                console.print("孪生网络已结束 (the twin has ended)")
                return 1
            if running.platform is not None and running.platform.poll() is not None:
                console.print("平台意外结束，正在重启 (the platform ended, restarting it)")
                time.sleep(RESTART_PAUSE_S)
                running.platform = _start_platform(settings, environment)
    except KeyboardInterrupt:
        console.print("正在结束 (ending)")
        return 0
