"""``zhishou net render``: what a device's configuration is in the language of a family.

No secret is read for it: their places are marked, on the screen and in files alike.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from device_configs.grammar.lines import read_line, read_lines
from device_configs.grammar.masking import MASK_OF_SECRETS, masked
from device_configs.render import Secrets, render_device
from device_configs.render.families import families, render_vendor
from device_configs.render.families.text_trees import tree_differences
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import MASK
from device_configs.render.site_lines import reasons_of
from device_configs.site import Site, load_site
from device_configs.site.faults import nearest
from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.settings import load_settings

LINUX = "frr"
_PUBLIC_KEY = "<public-key>"
_COMMUNITY = re.compile(r"(securityname (?:cipher |simple )?)\S+(?=( v1| v2c)?$)")
_LEVELLED = re.compile(r"(?<= )(secret|password|key|md5|sha1) (?:sha512|\*{4}) \*{4}(?= |$)")
"""EOS: how a masked secret is written, which a box decides by itself."""
_KEY_BEGINS, _KEY_ENDS = "public-key-code begin", "public-key-code end"


def add_commands(net: typer.Typer) -> None:
    """Add the rendering's commands to the group ``net``."""
    net.command("render")(render)


def render(
    device: Annotated[str, typer.Argument(help="A declared device.")],
    family: Annotated[
        str, typer.Option(help=f"{LINUX} or a family of templates; the device's own if none.")
    ] = "",
    output: Annotated[Path | None, typer.Option(help="Folder to write to.")] = None,
    diff: Annotated[
        Path | None, typer.Option(help="A configuration of the device; exit code 1 if it differs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Show, write or compare the configuration of a device, its secrets marked."""
    site = load_site(load_settings().inventory)
    if device not in site.devices:
        raise NotFound(f"no device is named {device!r}", "", nearest(device, site.devices) or "")
    texts = _texts(site, device, family or site.devices[device].platform)
    if diff is not None:
        reasons = reasons_of(site.devices[device])
        raise typer.Exit(_show_difference(diff, "".join(texts.values()), reasons, as_json))
    if output is not None:
        _show_written(_write(output, texts), as_json)
        return
    if as_json:
        print_json({**texts})
        return
    for name, text in texts.items():
        if len(texts) > 1:
            typer.echo(f"=== {name}")
        typer.echo(text, nl=False)


def _write(output: Path, texts: Mapping[str, str]) -> list[str]:
    """Write each text below a folder; the paths written."""
    written: list[str] = []
    for name, text in texts.items():
        path = output / name
        if not path.resolve().is_relative_to(output.resolve()):
            raise Invalid(f"{path} is outside {output}", "", "rename the device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        written.append(str(path))
    return written


def _show_written(paths: list[str], as_json: bool) -> None:
    if as_json:
        print_json(list(paths))
        return
    for path in paths:
        typer.echo(path)


def _texts(site: Site, device: str, family: str) -> dict[str, str]:
    """The files of a device by their path below an output folder."""
    secrets = marked_secrets(site)
    known = (LINUX, *families())
    if family not in known:
        raise Invalid(f"no family is named {family!r}", "", f"known: {', '.join(known)}")
    try:
        if family == LINUX:
            tree = render_device(site, secrets, device)
            return {f"{device}{file.path}": file.content for file in tree.files}
        return {f"{device}.cfg": render_vendor(site, secrets, device, family)}
    except NotRenderable as refusal:
        raise Invalid(f"{device} cannot be rendered for {family}", str(refusal), "") from refusal


def marked_secrets(site: Site) -> Secrets:
    """Secrets whose values only mark their places."""
    return Secrets(
        snmp_community="<snmp_community>",
        snmp_user=next((a.name for a in site.accounts if a.protocol == "snmp"), "<snmp_user>"),
        snmp_auth_password="<snmp_auth_password>",  # noqa: S106 - a mark, no secret
        snmp_priv_password="<snmp_priv_password>",  # noqa: S106 - a mark, no secret
        login_keys={account.name: _PUBLIC_KEY for account in site.accounts},
        keys=dict.fromkeys(site.secret_names, MASK),
    )


def _show_difference(file: Path, rendered: str, reasons: Mapping[str, str], as_json: bool) -> int:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read", str(error), "give a text file in UTF-8") from error
    lines = list(tree_differences(_masked_lines(text), _masked_lines(rendered)))
    if as_json:
        print_json([{"line": line, "reason": reasons.get(line[2:], "")} for line in lines])
        return 1 if lines else 0
    for line in lines:
        reason = reasons.get(line[2:])
        typer.echo(f"{line}   [hosts.yml: {reason}]" if reason else line)
    return 1 if lines else 0


def comparable(text: str) -> Iterator[str]:
    """The lines of a configuration with every secret and every key masked."""
    return (" " * indent + line for indent, line in _masked_lines(text))


def _masked_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their indentation, every secret and every key masked, so that plain and
    enciphered ones compare equal, and none is shown."""
    in_key = False
    for number, raw in read_lines(text):
        line = read_line(number, raw)
        if line is None:
            continue
        if line.text == _KEY_ENDS:
            in_key = False
        if in_key:
            continue
        in_key = line.text == _KEY_BEGINS
        shown = _COMMUNITY.sub(rf"\g<1>{MASK_OF_SECRETS}", masked(line))
        yield line.indent, _LEVELLED.sub(rf"\g<1> {MASK_OF_SECRETS}", shown)
