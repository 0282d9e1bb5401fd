"""``zhishou lab vendor``: emulated vendor boxes to try a change on."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from device_configs.emulator.declared import declared_boxes
from device_configs.emulator.devices import BoxSpec, RunningDevice, devices_in_loop
from device_configs.emulator.eos.running import RunningEosBox, running_eos_boxes
from device_configs.emulator.kinds import KINDS
from device_configs.render.families import families, render_vendor
from device_configs.render.secrets import Secrets
from device_configs.render_cli import marked_secrets
from device_configs.site import load_site
from ops_core.kernel.command_line import command_group, print_json
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.settings import load_settings

lab = command_group("lab", "Boxes to practise on.")
vendor = command_group("vendor", "Emulated Huawei and H3C boxes on loopback, over real SSH.")
lab.add_typer(vendor)

AsJson = Annotated[bool, typer.Option("--json", help="List them as one JSON document.")]
EOS = "arista_eos"
Running = Mapping[str, RunningDevice | RunningEosBox]
MOST = 1000
"""Boxes of one command; two hundred take some 60 MB."""


@vendor.command("kinds")
def kinds(as_json: AsJson = False) -> None:
    """The kinds of boxes that can be emulated."""
    if as_json:
        print_json(
            [
                {"kind": kind.name, "model": kind.model, "manner": kind.manner.value}
                for kind in KINDS.values()
            ]
        )
        return
    for kind in KINDS.values():
        typer.echo(f"{kind.name:<16}{kind.model:<20}{kind.manner.value}")


@vendor.command("up")
def up(
    device: Annotated[
        list[str] | None, typer.Option(help="A declared device; every one if none is named.")
    ] = None,
    family: Annotated[
        str, typer.Option(help="The vendor's family that the declared devices speak.")
    ] = "huawei_vrp",
    kind: Annotated[
        str, typer.Option(help="Boxes of this kind with little configuration, undeclared.")
    ] = "",
    count: Annotated[int, typer.Option(min=1, max=MOST, help="How many, with --kind.")] = 1,
    stand_in: Annotated[
        bool,
        typer.Option(
            "--stand-in",
            help="For the devices declared as vendor boxes: until it ends, plans and changes reach "
            "these boxes in their place.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run emulated boxes until Ctrl-C; they listen on 127.0.0.1 alone.

    The password is made up anew each time and shown once. Nothing is kept when it ends.
    """
    if stand_in and kind:
        raise Invalid("boxes of a kind stand in for no declared device", "", "leave --kind out")
    eos: Mapping[str, str] = {}
    if stand_in:
        specs, eos = _declared_vendors(device or [])
    else:
        specs = _of_kind(kind, count) if kind else _declared(family, device or [])
    asyncio.run(_serve(specs, eos, as_json, stand_in))


def _of_kind(kind: str, count: int) -> list[BoxSpec]:
    if kind not in KINDS:
        raise Invalid(f"no kind of box is named {kind!r}", "", f"known: {', '.join(KINDS)}")
    return [BoxSpec(f"{kind}-{number:03}", kind) for number in range(1, count + 1)]


def _declared(family: str, names: list[str]) -> list[BoxSpec]:
    known = tuple(name for name in families() if name in ("huawei_vrp", "h3c_comware"))
    if family not in known:
        raise Invalid(f"no boxes of the family {family!r}", "", f"known: {', '.join(known)}")
    site = load_site(load_settings().inventory)
    specs = {spec.name: spec for spec in declared_boxes(site, marked_secrets(site), family)}
    missing = [name for name in names if name not in specs]
    if missing:
        raise NotFound(
            f"no box of {family} stands for {missing[0]!r}", "", f"there are: {', '.join(specs)}"
        )
    return [spec for name, spec in specs.items() if not names or name in names]


def _declared_vendors(names: list[str]) -> tuple[list[BoxSpec], Mapping[str, str]]:
    """A box for each device whose declared platform is a vendor's, in its own language; the texts
    of Arista's by name."""
    settings = load_settings()
    site = load_site(settings.inventory)
    secrets = _with_public_keys(marked_secrets(site), settings.state_directory)
    specs = {
        spec.name: spec
        for family in ("huawei_vrp", "h3c_comware")
        for spec in declared_boxes(site, secrets, family)
        if site.devices[spec.name].platform == family
    }
    eos = {
        device.name: render_vendor(site, secrets, device.name, EOS)
        for device in site.deployed
        if device.platform == EOS
    }
    known = (*specs, *eos)
    missing = [name for name in names if name not in known]
    if not known:
        raise NotFound(
            "no device is declared as a vendor box", "", "give devices a `platform` in hosts.yml"
        )
    if missing:
        raise NotFound(
            f"{missing[0]!r} is not declared as a vendor box", "", f"there are: {', '.join(known)}"
        )
    return (
        [spec for name, spec in specs.items() if not names or name in names],
        {name: text for name, text in eos.items() if not names or name in names},
    )


def _with_public_keys(secrets: Secrets, state_directory: Path) -> Secrets:
    """The keys that a plan renders for this installation: a box that stands in is as declared."""
    from device_configs.changes.box_logins import login_keys_of
    from device_configs.twin.credentials import ensure_secrets

    state_directory.mkdir(parents=True, exist_ok=True)
    ensure_secrets(state_directory)  # plans render with an installation's own
    return secrets.model_copy(
        update={"login_keys": {**secrets.login_keys, **login_keys_of(state_directory)}}
    )


@contextlib.contextmanager
def _substituting(devices: Running) -> Iterator[None]:
    """Have plans and changes of this installation reach the boxes for as long as they run."""
    from device_configs.changes.box_logins import StandIn, write_stand_ins

    file = write_stand_ins(
        load_settings().state_directory,
        {
            name: StandIn(host=one.host, port=one.port, user=one.user, password=one.password)
            for name, one in devices.items()
        },
    )
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


async def _serve(
    specs: list[BoxSpec], eos: Mapping[str, str], as_json: bool, stand_in: bool
) -> None:
    kinds = {spec.name: spec.kind for spec in specs} | dict.fromkeys(eos, "eos")
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with contextlib.AsyncExitStack() as running:
        devices: dict[str, RunningDevice | RunningEosBox] = {}
        devices |= await running.enter_async_context(devices_in_loop(specs))
        if eos:
            password = next((one.password for one in devices.values()), "")
            devices |= running.enter_context(running_eos_boxes(eos, password)).boxes
        if stand_in:
            running.enter_context(_substituting(devices))
        _show(kinds, devices, as_json)
        await ended.wait()
    if not as_json:
        typer.echo("ended", err=True)


def _show(kinds: Mapping[str, str], devices: Running, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "name": name, "kind": kind, "host": devices[name].host,
                    "port": devices[name].port, "user": devices[name].user,
                    "password": devices[name].password,
                }
                for name, kind in kinds.items()
            ]
        )  # fmt: skip
        return
    for name, kind in kinds.items():
        one = devices[name]
        typer.echo(f"{name:<16}{kind:<16}ssh -p {one.port} {one.user}@{one.host}")
    some = next(iter(devices.values()), None)
    if some is not None:
        typer.echo(f"password: {some.password}    Ctrl-C ends all of them")
