"""``save``, and planned reboots: what a box without a candidate has as a parachute (pure)."""

from dataclasses import replace
from datetime import UTC, datetime

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words, yes
from device_configs.emulator.deadlines import rebooted
from device_configs.emulator.listing import listed
from device_configs.emulator.state import BoxState

SAVING, NAMING, OVERWRITING, PLANNING, REBOOTING = "save", "save-name", "overwrite", "plan", "boot"
_VRP_FILE, _COMWARE_FILE = "vrpcfg.zip", "startup.cfg"
_FULL = "Error: There is not enough space on the device."
_COMWARE_FULL = "Not enough space is available on the device."
_VRP_ASK = {
    True: "Warning: The current configuration will be written to the device. Continue? [Y/N]:",
    False: "Are you sure to continue?[Y/N]",
}
_VRP5_WARNING = "The current configuration will be written to the device."
_COMWARE_ASK = "The current configuration will be written to the device. Are you sure? [Y/N]:"


def _save(asked: Asked, words: Words) -> BoxReply:
    if asked.state.kind.comware:
        return _comware_save(asked, words)
    name = words[0] if words else ""
    if asked.state.kind.name.startswith("vrp8"):
        return asked.ask(SAVING, _VRP_ASK[True], name)
    return asked.ask(SAVING, _VRP_ASK[False], name, before=(_VRP5_WARNING,))


def _comware_save(asked: Asked, words: Words) -> BoxReply:
    given = [word for word in words if word not in ("force", "safely", "main", "backup")]
    name = given[0] if given else ""
    if "force" in words:
        return _written(asked, name)
    return asked.ask(SAVING, _COMWARE_ASK, name)


def saving_answered(asked: Asked, answer: str, name: str) -> BoxReply:
    """The answer to whether to save."""
    asked = without_question(asked)
    if not yes(answer):
        return asked.reply()
    if asked.state.kind.comware:
        return asked.ask(
            NAMING,
            "Please input the file name(*.cfg)[flash:/startup.cfg]\r\n"
            "(To leave the existing filename unchanged, press the enter key):",
            name,
        )
    if name or asked.state.kind.name.startswith("vrp8") or _VRP_FILE in asked.state.files:
        return _written(asked, name)
    return asked.ask(
        NAMING, "Info: Please input the file name ( *.cfg, *.zip ) [vrpcfg.zip]:", name
    )


def naming_answered(asked: Asked, answer: str, name: str) -> BoxReply:
    """The answer to which file to save to; an empty one keeps the name."""
    asked = without_question(asked)
    chosen = answer.strip() or name
    if not asked.state.kind.comware:
        return _written(asked, chosen)
    file = (chosen or _COMWARE_FILE).removeprefix("flash:/")
    if file in asked.state.files:
        return asked.ask(OVERWRITING, f"flash:/{file} exists, overwrite? [Y/N]:", chosen)
    return _written(asked, chosen)


def overwriting_answered(asked: Asked, answer: str, name: str) -> BoxReply:
    asked = without_question(asked)
    return _written(asked, name) if yes(answer) else asked.reply()


def _written(asked: Asked, name: str) -> BoxReply:
    state = asked.state
    comware = state.kind.comware
    if state.traits.disk_full:
        return asked.reply(_COMWARE_FULL if comware else _FULL)
    file = (name or (_COMWARE_FILE if comware else _VRP_FILE)).removeprefix("flash:/")
    text = "\n".join(listed(state.kind.vocabulary.effects, state.running)) + "\n"
    state = replace(state, files={**state.files, file: text})
    if not name or file in (_COMWARE_FILE, _VRP_FILE):
        state = replace(state, saved=state.running)
    if comware:
        return BoxReply(
            state,
            (
                "Validating file. Please wait...",
                "Saved the current configuration to mainboard device successfully.",
            ),
        )
    if state.kind.name.startswith("vrp8"):
        return BoxReply(
            state,
            (
                "Now saving the current configuration to the slot 1 .",
                "Info: Save the configuration successfully.",
            ),
        )
    return BoxReply(
        state,
        (
            "Now saving the current configuration to the slot 0.",
            "Save the configuration successfully.",
        ),
    )


def _schedule(asked: Asked, words: Words) -> BoxReply:
    minutes = _minutes(words[0])
    if minutes is None:
        return asked.reply(wrong_parameter(asked.state))
    due = asked.state.now + 60 * minutes
    at = datetime.fromtimestamp(due, UTC)
    hours, rest = divmod(minutes, 60)
    when = f"(in {hours} hours and {rest} minutes)"
    if asked.state.kind.comware:
        text = f"Reboot system at {at:%H:%M %m/%d/%Y} {when}. confirm? [Y/N]:"
        return asked.ask(PLANNING, text, due)
    planned = f"Info: Reboot system at {at:%H:%M:%S %Y/%m/%d} UTC {when}."
    return asked.ask(PLANNING, "confirm?[Y/N]:", due, before=(planned,))


def planning_answered(asked: Asked, answer: str, due: float) -> BoxReply:
    asked = without_question(asked)
    if not yes(answer):
        return asked.reply()
    return BoxReply(replace(asked.state, reboot_at=due))


def _undo_schedule(asked: Asked, _: Words) -> BoxReply:
    return BoxReply(replace(asked.state, reboot_at=None))


def _display_schedule(asked: Asked, _: Words) -> BoxReply:
    due = asked.state.reboot_at
    if due is None:
        none = (
            "No reboot is scheduled." if asked.state.kind.comware else "Info: No reboot schedule."
        )
        return asked.reply(none)
    minutes = round((due - asked.state.now) / 60)
    at = datetime.fromtimestamp(due, UTC)
    hours, rest = divmod(minutes, 60)
    return asked.reply(
        f"System will reboot at {at:%H:%M:%S %Y/%m/%d} (in {hours} hours and {rest} minutes)."
    )


def _reboot(asked: Asked, _: Words) -> BoxReply:
    if asked.state.kind.comware:
        return asked.ask(REBOOTING, "This command will reboot the device. Continue? [Y/N]:")
    return asked.ask(REBOOTING, "System will reboot! Continue ? [y/n]:")


def rebooting_answered(asked: Asked, answer: str) -> BoxReply:
    asked = without_question(asked)
    if not yes(answer):
        return asked.reply()
    return BoxReply(rebooted(asked.state))


def without_question(asked: Asked) -> Asked:
    """The same session, with its question answered."""
    here = replace(asked.session, question=None)
    return Asked(asked.state.with_session(here), here, asked.line)


def wrong_parameter(state: BoxState) -> str:
    found = "Wrong parameter found at '^' position."
    return f" % {found}" if state.kind.comware else f"Error: {found}"


def _minutes(word: str) -> int | None:
    """``10`` or ``00:10`` as minutes."""
    hours, colon, rest = word.partition(":")
    parts = (hours, rest) if colon else ("0", hours)
    return 60 * int(parts[0]) + int(parts[1]) if all(p.isdigit() for p in parts) else None


SAVE_COMMANDS = (
    OperatorCommand("save ...", _save),
    OperatorCommand("schedule reboot delay *", _schedule, "user"),
    OperatorCommand("undo schedule reboot", _undo_schedule, "user"),
    OperatorCommand("display schedule reboot", _display_schedule),
    OperatorCommand("reboot ...", _reboot, "user"),
)
