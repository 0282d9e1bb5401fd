"""How the two halves of a pair of firewalls stand (pure)."""

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.prompts import pair_runs


def _hrp_state(asked: Asked, _: Words) -> BoxReply:
    state = asked.state
    if not pair_runs(state):
        return asked.reply("Error: The HRP function is disabled.")
    mine, other = ("active", "standby") if state.active else ("standby", "active")
    if not state.peer_up:
        return asked.reply(
            ' Role: active, peer: unknown (should be "active-standby")',
            " Running priority: 45000, peer: unknown",
            " Backup channel usage: 0.00%",
            f" Stable time: {_stable(state.now - state.booted)}",
        )
    return asked.reply(
        f" Role: {mine}, peer: {other}",
        " Running priority: 45000, peer: 45000",
        " Backup channel usage: 0.00%",
        f" Stable time: {_stable(state.now - state.booted)}",
    )


def _hrp_interface(asked: Asked, _: Words) -> BoxReply:
    words = [line.text.split() for line in asked.state.running.lines]
    up = "running" if asked.state.peer_up else "peerdown"
    return asked.reply(*(f" {w[2]} : {up}" for w in words if w[:2] == ["hrp", "interface"]))


def _rbm_status(asked: Asked, _: Words) -> BoxReply:
    state = asked.state
    group = state.running.find(("remote-backup", "group"))
    if group is None or not pair_runs(state):
        return asked.reply("Remote backup group information:", "  Backup mode: -")
    words = {line.text.split()[0]: line.text.split() for line in group.lines}
    role = "Primary" if state.active else "Secondary"
    running = "Active" if state.active or not state.peer_up else "Standby"
    channel = "Connected" if state.peer_up else "Disconnected"
    auto = any(line.text.startswith("configuration auto-sync") for line in group.lines)
    hot = any(line.text == "hot-backup enable" for line in group.lines)
    return asked.reply(
        "Remote backup group information:",
        "  Backup mode: Active/standby",
        f"  Device management role: {role}",
        f"  Device running status: {running}",
        f"  Data channel interface: {words.get('data-channel', ['-'])[-1]}",
        f"  Local IP: {words.get('local-ip', ['-'])[-1]}",
        f"  Remote IP: {words.get('remote-ip', ['-'])[-1]}    Destination port: 60064",
        f"  Control channel status: {channel}",
        "  Keepalive interval: 1s",
        "  Keepalive count: 10",
        "  Configuration consistency check interval: 12 hour",
        "  Configuration consistency check result: Normal",
        f"  Configuration backup status: {'Auto sync enabled' if auto else 'Auto sync disabled'}",
        f"  Session backup status: {'Hot backup enabled' if hot else 'Hot backup disabled'}",
        f"  Uptime since last switchover: {_stable(state.now - state.booted)}",
    )


def _stable(seconds: float) -> str:
    minutes = int(seconds) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    return f"{days} days, {hours} hours, {minutes} minutes"


HRP_DISPLAYS = (
    OperatorCommand("display hrp state ...", _hrp_state),
    OperatorCommand("display hrp interface", _hrp_interface),
)
RBM_DISPLAYS = (OperatorCommand("display remote-backup-group status", _rbm_status),)
