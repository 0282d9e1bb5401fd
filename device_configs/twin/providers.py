"""A provider's edge: nobody deploys to it, so the supervisor starts what it offers."""

from pathlib import Path

from device_configs.twin.node import CommandFailed, RunningNode

SERVICES = Path(__file__).parent / "services.py"
_INSTALLED = "/usr/local/lib/twin-services.py"
_START = f'exec python3 {_INSTALLED} "$@" </dev/null >/var/log/services 2>&1'


def start_services(node: RunningNode) -> None:
    """Start the UDP, TCP, HTTP and SIP answerers inside a provider, on all its addresses."""
    program = SERVICES.read_bytes()
    _run(node, ["tee", _INSTALLED], program)
    addresses = [str(address.address.ip) for address in node.plan.addresses]
    _run(node, ["setsid", "--fork", "sh", "-c", _START, "sh", *addresses])


def _run(node: RunningNode, argv: list[str], stdin: bytes = b"") -> None:
    done = node.execute(argv, timeout=10, stdin=stdin)
    if done.returncode != 0:
        raise CommandFailed(f"{argv[0]} in {node.plan.name}: {done.stderr.decode()}")
