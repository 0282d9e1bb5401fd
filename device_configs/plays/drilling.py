"""The play ``drill``: let fail in the twin what hangs on the hosts, or say what would be."""

from collections.abc import Sequence

from device_configs.deploy.lab import Lab
from device_configs.drills.faults import DrillFault, devices_of, select_faults
from device_configs.drills.history import DrillOutcome
from device_configs.drills.judging import DrillFigure, DrillVerdict, Worsening, line_of
from device_configs.drills.read import read_drill
from device_configs.drills.running import DrillWork, run_drill
from device_configs.drills.terms import DrillTerms
from device_configs.plays.controller import ControllerWork
from device_configs.plays.outcomes import HostOutcome
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from ops_core.kernel.permissions import Permission, require


def drill(
    given: ControllerWork, hosts: Sequence[str], *, check: bool
) -> dict[str, HostOutcome]:  # fmt: skip
    """Drill every fault at the hosts in the running twin; ``check`` names them and breaks nothing.

    Raises what :func:`device_configs.drills.running.run_drill` does, and TwinError where no twin
    runs.
    """
    require(given.actor, Permission.OPERATE_TWIN)
    site = given.work.site
    faults = faults_at(site, hosts)
    if check or not faults:
        for fault in faults:
            given.say(f"{fault.name}: at most {fault.bound_ms} ms, seen from {fault.seat}")
        return {host: HostOutcome() for host in hosts}
    outcomes = _run(given, faults)
    return {host: outcome_of(site, outcomes, host) for host in hosts}


def faults_at(site: Site, hosts: Sequence[str]) -> tuple[DrillFault, ...]:
    """The faults of these devices and of the cables at them; pure."""
    chosen = set(hosts)
    return tuple(fault for fault in select_faults(site, "") if chosen & devices_of(site, fault))


def outcome_of(site: Site, outcomes: Sequence[DrillOutcome], host: str) -> HostOutcome:
    """What is wrong with the faults at a host; what could not be measured is unknown; pure."""
    mine = [one for one in outcomes if host in devices_of(site, one.figure.fault)]
    wrong = [one for one in mine if one.verdict is DrillVerdict.EXCEEDED or one.worsening]
    if wrong:
        return HostOutcome("\n".join(line_of(one.figure, one.worsening) for one in wrong))
    unknown = [one for one in mine if one.verdict is DrillVerdict.UNKNOWN]
    text = "\n".join(line_of(one.figure, None) for one in unknown)
    return HostOutcome(text, is_unknown=bool(unknown))


def _run(given: ControllerWork, faults: Sequence[DrillFault]) -> tuple[DrillOutcome, ...]:
    work = given.work
    client = TwinClient.of(work.settings.state_directory)
    lab = Lab(work.site, work.settings, client, given.network)
    drilling = DrillWork(lab, work.database, work.bus, work.clock, given.actor)

    def show(figure: DrillFigure, worsening: Worsening | None) -> None:
        given.say(line_of(figure, worsening))

    number = run_drill(drilling, faults, DrillTerms(), show)
    given.say(f"on record as {number}")
    with work.database.reading() as session:
        return read_drill(session, number).outcomes
