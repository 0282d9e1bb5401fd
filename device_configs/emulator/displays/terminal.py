"""Commands about the session itself: paging, terminal, who is there (pure)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.state import BoxState


def _no_paging(asked: Asked, _: Words) -> BoxReply:
    return BoxReply(asked.state.with_session(replace(asked.session, paging=False)))


def _vrp_length(asked: Asked, words: Words) -> BoxReply:
    off = words[0] == "0"
    notice = "Info: The configuration takes effect on the current user terminal interface only."
    return BoxReply(asked.state.with_session(replace(asked.session, paging=not off)), (notice,))


def _paging(asked: Asked, _: Words) -> BoxReply:
    return BoxReply(asked.state.with_session(replace(asked.session, paging=True)))


def _no_monitor(asked: Asked, _: Words) -> BoxReply:
    if asked.state.kind.comware:
        return asked.reply("The current terminal is disabled to display logs.")
    return asked.reply("Info: Current terminal monitor is off.")


def _users(asked: Asked, _: Words) -> BoxReply:
    state = asked.state
    if state.kind.comware:
        lines = ["  Idx  Line     Idle       Time              Pid     Type"]
        for number, session in sorted(state.sessions.items()):
            mark = "+" if number == asked.session.number else " "
            at = datetime.fromtimestamp(session.since, UTC)
            lines.append(
                f"{mark} {number:<4} {session.terminal:<8} 00:00:00   {at:%b %d %H:%M:%S}   "
                f"{1000 + number:<7} SSH"
            )
        lines.append("")
        lines.append("Following are more details.")
        for session in state.sessions.values():
            lines += [
                f"{session.terminal:<8}:",
                f"        User name: {session.user}",
                f"        Location: {session.address}",
            ]
        lines.append(" +    : Current operation user.")
        lines.append(" F    : Current operation user works in async mode.")
        return asked.reply(*lines)
    lines = ["  User-Intf    Delay    Type   Network Address     AuthenStatus    AuthorcmdFlag"]
    for number, session in sorted(state.sessions.items()):
        mark = "+" if number == asked.session.number else " "
        lines += [
            f"{mark} {34 + number:<3} {session.terminal:<8}00:00:00  SSH    "
            f"{session.address:<19} pass            no",
            f"  Username : {session.user}",
            "",
        ]
    return asked.reply(*lines)


def _clock(asked: Asked, _: Words) -> BoxReply:
    at = datetime.fromtimestamp(asked.state.now, UTC)
    if asked.state.kind.comware:
        return asked.reply(f"{at:%H:%M:%S} UTC {at:%a %m/%d/%Y}")
    return asked.reply(f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%A}", "Time Zone(UTC) : UTC")


def _log_buffer(asked: Asked, _: Words) -> BoxReply:
    """Sign-ins alone, the newest first, in the box's own time."""
    state = asked.state
    zone = _zone(state)
    rows = []
    for one in reversed(state.sign_ins):
        at = datetime.fromtimestamp(one.at, zone)
        if state.kind.comware:
            rows.append(
                f"%{at:%b %d %H:%M:%S}:000 {at:%Y} {state.name} SSHS/6/SSHS_LOG: Accepted password "
                f"for {one.user} from {one.address} port 40022 ssh2."
            )
        else:
            offset = f"{at:%z}"
            rows.append(
                f"{at:%b %d %Y %H:%M:%S}{offset[:3]}:{offset[3:]} {state.name} "
                "%%01SSH/5/SSH_USER_LOGIN(s)[0]:The SSH user succeeded in logging in. "
                f"(ServiceType=stelnet, UserName={one.user}, UserAddress={one.address}, "
                "VPNInstanceName=_public_)"
            )
    if state.kind.comware:
        head = ["Log buffer: Enabled", "Max buffer size: 1024", "Actual buffer size: 512"]
    else:
        head = ["Logging buffer configuration and contents : enabled",
                "Allowed max buffer size : 1024", "Actual buffer size : 512"]  # fmt: skip
    return asked.reply(*head, f"Current messages: {len(rows)}", "", *rows)


def _zone(state: BoxState) -> timezone:
    """By ``clock timezone NAME {add|minus} HH:MM:SS``."""
    line = state.running.find(("clock", "timezone"))
    words = [] if line is None else line.text.split()
    if len(words) < 5:
        return UTC
    hours, minutes, seconds = (int(part) for part in words[4].split(":"))
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(offset if words[3] == "add" else -offset)


TERMINAL_COMMANDS = (
    OperatorCommand("undo terminal ...", _no_monitor),
    OperatorCommand("terminal ...", _no_monitor, "user"),
    OperatorCommand("display users ...", _users),
    OperatorCommand("display clock", _clock),
    OperatorCommand("display logbuffer ...", _log_buffer),
)
VRP_TERMINAL = (
    OperatorCommand("screen-length * temporary", _vrp_length),
    OperatorCommand("undo screen-length temporary", _paging),
)
COMWARE_TERMINAL = (
    OperatorCommand("screen-length disable", _no_paging, "user"),
    OperatorCommand("undo screen-length disable", _paging, "user"),
)
