"""Commands about the session itself: paging, terminal, who is there (pure)."""

from dataclasses import replace
from datetime import UTC, datetime

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words


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


TERMINAL_COMMANDS = (
    OperatorCommand("undo terminal ...", _no_monitor),
    OperatorCommand("terminal ...", _no_monitor, "user"),
    OperatorCommand("display users ...", _users),
    OperatorCommand("display clock", _clock),
)
VRP_TERMINAL = (
    OperatorCommand("screen-length * temporary", _vrp_length),
    OperatorCommand("undo screen-length temporary", _paging),
)
COMWARE_TERMINAL = (
    OperatorCommand("screen-length disable", _no_paging, "user"),
    OperatorCommand("undo screen-length disable", _paging, "user"),
)
