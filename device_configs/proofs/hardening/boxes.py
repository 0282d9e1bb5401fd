"""The measures of a family held against the lines of a box, and what must be off."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from device_configs.proofs.hardening.places import HardenedBox
from device_configs.proofs.readers.lines_in_force import SYSTEM
from device_configs.proofs.verdict import Finding, claim
from device_configs.render.families.hardening import (
    ForbiddenLines,
    GuardedConsole,
    HardenedPlace,
    HardeningMeasure,
    family_hardening,
)

PLACES_NAMED = 3
"""Views that a finding names one by one."""
_MISSING = "give the box its rendered configuration again, or mend the template"
_UNDONE = "take the later line away, or give the box its rendered configuration again"


def measured(box: HardenedBox) -> tuple[HardeningMeasure, ...]:
    """The measures that are for the box's role."""
    measures = family_hardening(box.device.platform).measures
    return tuple(found for found in measures if box.device.role.name in found.roles)


def lines_missing(box: HardenedBox) -> Iterator[Finding]:
    """Each line of each measure that is not in force wherever it has to be."""
    for measure in measured(box):
        if measure.at is HardenedPlace.DEFENCE and not box.is_defended:
            yield _undefended(box, measure)
        for line in measure.lines:
            yield from _line(box, measure, line)


def _line(box: HardenedBox, measure: HardeningMeasure, line: str) -> Iterator[Finding]:
    places: defaultdict[str | None, list[str]] = defaultdict(list)
    for view in box.views(measure.at):
        stated = box.lines.stated(view, line)
        undone_by = None if stated is None else stated.undone_by
        if undone_by != "":
            places[undone_by].append(view)
    for later, views in places.items():
        yield _finding(box, measure, line, later, views)


def _finding(
    box: HardenedBox,
    measure: HardeningMeasure,
    line: str,
    undone_by: str | None,
    views: Sequence[str],
) -> Finding:
    """``undone_by`` is None where the line never stands."""
    missing = claim("'{line}' is missing in {place}", line=line, place=_places(views))
    undone = claim(
        "'{line}' is taken away by '{later}' in {place}",
        line=line,
        later=undone_by,
        place=_places(views),
    )
    return Finding(
        (box.device.name, measure.name),
        missing if undone_by is None else undone,
        _why(measure),
        _MISSING if undone_by is None else _UNDONE,
    )


def _why(guarded: HardeningMeasure | ForbiddenLines | GuardedConsole) -> str:
    """The reason as part of a sentence."""
    return guarded.reason.removesuffix(".")


def _places(views: Sequence[str]) -> str:
    if list(views) == [SYSTEM]:
        return claim("the system view")
    named = ", ".join(views[:PLACES_NAMED])
    if len(views) <= PLACES_NAMED:
        return named
    return claim("{named} and {more} more", named=named, more=len(views) - PLACES_NAMED)


def _undefended(box: HardenedBox, measure: HardeningMeasure) -> Finding:
    return Finding(
        (box.device.name, measure.name),
        claim("no policy against floods is applied to zone {zone}", zone=box.outer_zone),
        _why(measure),
        _MISSING,
    )


def lines_forbidden(box: HardenedBox) -> Iterator[Finding]:
    """Each line in force that turns on what no box has on."""
    for forbidden in family_hardening(box.device.platform).forbidden:
        for view in box.lines.named(forbidden.within):
            for beginning in forbidden.lines:
                for line in box.lines.in_force(view, beginning):
                    yield _forbidden(box, forbidden, view, line)


def _forbidden(box: HardenedBox, forbidden: ForbiddenLines, view: str, line: str) -> Finding:
    return Finding(
        (box.device.name, forbidden.name),
        claim("'{line}' stands in {place}", line=line, place=_places([view])),
        _why(forbidden),
        claim("take '{line}' away from the box, and from the template that has it", line=line),
    )


def console_findings(box: HardenedBox, *, signs_in: bool) -> Iterator[Finding]:
    """``signs_in``: an account may sign in at the console, so that it has to ask for one."""
    console = family_hardening(box.device.platform).console
    if console is None or not signs_in or _asks(box, console):
        return
    yield Finding(
        (box.device.name, "console"),
        claim("'{line}' is not in force in {place}", line=console.line,
              place=_places(console.views)),
        _why(console),
        _MISSING,
    )  # fmt: skip


def asks_nobody(box: HardenedBox) -> bool:
    """Whether its console lets in whoever stands before it, as its platform does by default."""
    console = family_hardening(box.device.platform).console
    return console is not None and console.open_by_default and not _asks(box, console)


def _asks(box: HardenedBox, console: GuardedConsole) -> bool:
    return any(console.line in box.lines.in_force(view, console.line) for view in console.views)
