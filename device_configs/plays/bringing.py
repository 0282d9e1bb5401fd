"""The play ``deploy``: bring the hosts to the declaration by the engine of changes, or say how they
differ. No play writes to a device past the engine's trial, gates, locks and record.
"""

from collections.abc import Sequence
from contextlib import closing

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.deploying import DeploymentWish, deploy
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangePlan, DeviceDifference
from device_configs.changes.states import Place
from device_configs.plays.controller import ControllerWork
from device_configs.plays.outcomes import HostOutcome
from device_configs.twin.client import running_twin
from ops_core.kernel.permissions import Permission, require


def bring(given: ControllerWork, hosts: Sequence[str], *, check: bool) -> dict[str, HostOutcome]:
    """Deploy to the hosts; ``check`` asks them and writes nothing.

    Raises what :func:`device_configs.changes.deploying.deploy` does: somebody else changes one of
    them, or how one differs is unknown.
    """
    require(given.actor, Permission.DEPLOY)
    own = given.work
    twin = running_twin(own.settings.state_directory)
    work = ChangeWork(own.site, own.settings, own.database, own.bus, own.clock, twin)
    if check:
        with work.network() as network, closing(work.fleet(network)) as fleet:
            found = fleet.compare(tuple(hosts), {})
        return {host: asked_outcome(found[host]) for host in hosts}
    done = deploy(
        work, given.actor, DeploymentWish(tuple(hosts)),
        on_number=lambda number: given.say(f"on record as {number}"),
    )  # fmt: skip
    return {host: outcome_of(done.plan, done.change, host) for host in hosts}


def asked_outcome(difference: DeviceDifference) -> HostOutcome:
    """How a device differs; of one that did not say it is not known; pure."""
    return HostOutcome(difference.problem, bool(difference.problem), difference.diff)


def outcome_of(plan: ChangePlan, change: NetworkChange | None, host: str) -> HostOutcome:
    """What became of a host: as intended before, changed for good, or not, and why; pure."""
    if change is None or host not in plan.devices:
        return HostOutcome()
    trail = change.devices[host]
    if trail.place is Place.NEW:
        return HostOutcome(diff=plan.difference(host).diff)
    why = f"{change.number}: {change.state}, {host} is {trail.place}"
    problem = f"{why}\n{trail.message}".strip()
    return HostOutcome(problem, is_unknown=trail.place is Place.UNKNOWN)
