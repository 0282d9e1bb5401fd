"""``zhishou inventory add-floor``: a floor of seats more, shown as a diff before it is written."""

import difflib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Conflict, Invalid

if TYPE_CHECKING:
    from device_configs.site import Site


def add_floor(
    seats: Annotated[int, typer.Option("--seats", help="How many seats it has.")],
    like: Annotated[
        str | None, typer.Option("--like", help="The access switch to repeat; the last if none.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it; without, only the difference is shown.")
    ] = False,
    inventory: Annotated[
        Path | None, typer.Option("--inventory", help="Folder of the declaration.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """One more floor like another: a switch, its cabinet, cables, network and seats.

    The difference of the files and what the floor opens are shown; nothing is written without
    --apply, and never what the declaration's own checks refuse.
    """
    from device_configs.proofs.against_cli import difference_json, show_difference
    from device_configs.proofs.differential.comparing import compare_declarations
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    folder = inventory or load_settings().inventory
    before = load_site(folder)
    changed = _changed(folder, before, seats, like)
    after = _checked(folder, changed)
    opened = compare_declarations(after, before)
    texts = {name: (folder / name).read_text("utf-8") for name in changed}
    diff = "".join(_diff(name, texts[name], changed[name]) for name in sorted(changed))
    if as_json:
        print_json({"diff": diff, "written": apply, "against": difference_json(opened)})
    else:
        from rich.console import Console

        typer.echo(diff, nl=False)
        show_difference(Console(highlight=False, soft_wrap=True), opened)
    if apply:
        _write(folder, changed)


def _changed(folder: Path, site: "Site", seats: int, like: str | None) -> dict[str, str]:
    from device_configs.site.growth.floor import floor_pattern, next_floor
    from device_configs.site.growth.floor_edits import edited_files
    from device_configs.site.growth.yaml_edits import EditRefused

    pattern = floor_pattern(site, like)
    floor = next_floor(site, pattern, seats)
    try:
        files = {file.name: file.read_text("utf-8") for file in folder.iterdir()
                 if file.suffix in (".yml", ".csv")}  # fmt: skip
        return edited_files(files, pattern, floor)
    except (EditRefused, UnicodeDecodeError) as refused:
        raise Invalid("不能自动修改这份声明", str(refused), "照该楼层手工添加") from refused


def _checked(folder: Path, changed: Mapping[str, str]) -> "Site":
    """The declaration with the edits, as its own checks take it."""
    from device_configs.site import load_site
    from device_configs.site.faults import SiteInvalid

    with tempfile.TemporaryDirectory(prefix="zhishou-floor-") as name:
        trial = Path(name) / "inventory"
        shutil.copytree(folder, trial)
        for file, text in changed.items():
            (trial / file).write_text(text, "utf-8")
        try:
            return load_site(trial)
        except SiteInvalid as invalid:
            typer.echo(str(invalid), err=True)
            raise Conflict(
                "加上这一层后声明不再成立", f"{len(invalid.faults)}", "先解决上述问题"
            ) from invalid


def _diff(name: str, before: str, after: str) -> str:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", n=1))


def _write(folder: Path, changed: Mapping[str, str]) -> None:
    """All files are written beside the old ones first, so that a full disk leaves these."""
    for name, text in changed.items():
        (folder / f".{name}.new").write_text(text, "utf-8")
    for name in changed:
        (folder / f".{name}.new").replace(folder / name)
