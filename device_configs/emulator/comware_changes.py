"""Comware 7: rollback point with a deadline, replacement by a file, files on flash (pure)."""

import difflib
from dataclasses import replace

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words, no, yes
from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.listing import listed
from device_configs.emulator.loading import load_text
from device_configs.emulator.saving import without_question, wrong_parameter
from device_configs.emulator.state import BoxState, RollbackPoint
from device_configs.emulator.two_phase import locked_by

REPLACING, DELETING = "replace", "delete"
_MOST_MINUTES = 65535
_ASK = "Current configuration will be lost, save current configuration? [Y/N]:"
_NOW = "Now replacing the current configuration. Please wait..."


def _commit_delay(asked: Asked, words: Words) -> BoxReply:
    if not words[0].isdigit() or not 1 <= int(words[0]) <= _MOST_MINUTES:
        return asked.reply(wrong_parameter(asked.state))
    point = asked.state.rollback_point
    before = point.before if point is not None else asked.state.running
    deadline = asked.state.now + 60 * int(words[0])
    return BoxReply(replace(asked.state, rollback_point=RollbackPoint(before, deadline)))


def _commit(asked: Asked, _: Words) -> BoxReply:
    if asked.state.rollback_point is None:
        return asked.reply("No configuration is waiting to be committed.")
    return BoxReply(replace(asked.state, rollback_point=None))


def _replace(asked: Asked, words: Words) -> BoxReply:
    if (refused := locked_by(asked.state, asked.session)) is not None:
        return asked.reply(refused)
    if _file(asked.state, words[0]) is None:
        return asked.reply(f"The file {words[0]} does not exist.")
    return asked.ask(REPLACING, _ASK, words[0])


def replacing_answered(asked: Asked, answer: str, name: str) -> BoxReply:
    """The file's text takes the place of what runs; ``irf`` lines are not touched.

    With ``Y`` what runs is saved first. Lines that the box does not take fail the command, and the
    others are in force.
    """
    asked = without_question(asked)
    state = asked.state
    text = _file(state, name)
    if not (yes(answer) or no(answer)) or text is None:
        return asked.reply()
    if yes(answer):
        if state.traits.disk_full:
            return asked.reply("Not enough space is available on the device.")
        state = replace(state, saved=state.running)
    loaded = load_text(state.kind.vocabulary, text)
    kept = tuple(line for line in state.running.lines if _is_irf(line))
    others = tuple(line for line in loaded.root.lines if not _is_irf(line))
    state = replace(state, running=replace(loaded.root, lines=(*kept, *others)))
    if loaded.refused:
        failed = f"Failed to replace the current configuration with the file {name}."
        return BoxReply(
            state, (_NOW, *(f"Failed to apply {one}" for one in loaded.refused), failed)
        )
    done = f"Succeeded in replacing current configuration with the file {name}."
    return BoxReply(state, (_NOW, done))


def _is_irf(line: ConfigLine) -> bool:
    return line.text.startswith(("irf", "undo irf"))


def _difference(asked: Asked, words: Words) -> BoxReply:
    """``display diff`` of two of: current-configuration, startup-configuration, configfile F."""
    sides = _sides(asked.state, words)
    if sides is None or len(sides) < 2:
        return asked.reply(wrong_parameter(asked.state))
    (first, old), (second, new) = sides[:2]
    return asked.reply(*difflib.unified_diff(old, new, first, second, lineterm=""))


def _sides(state: BoxState, words: Words) -> list[tuple[str, list[str]]] | None:
    effects = state.kind.vocabulary.effects
    sides: list[tuple[str, list[str]]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "configfile" and rest:
            name = rest.pop(0)
            text = _file(state, name)
            if text is None:
                return None
            sides.append((name, text.splitlines()))
        elif "current-configuration".startswith(word):
            sides.append(("Current-configuration", listed(effects, state.running)))
        elif "startup-configuration".startswith(word):
            sides.append(("Startup-configuration", listed(effects, state.saved)))
        else:
            return None
    return sides


def _delete(asked: Asked, words: Words) -> BoxReply:
    names = [word for word in words if word != "/unquoted" and not word.startswith("/")]
    if not names or _file(asked.state, names[0]) is None:
        return asked.reply(f"The file {names[0] if names else ''} does not exist.")
    return asked.ask(DELETING, f"Delete flash:/{_bare(names[0])}? [Y/N]:", names[0])


def deleting_answered(asked: Asked, answer: str, name: str) -> BoxReply:
    asked = without_question(asked)
    if not yes(answer):
        return asked.reply()
    left = {key: text for key, text in asked.state.files.items() if key != _bare(name)}
    return BoxReply(replace(asked.state, files=left), ("Deleting the file...done.",))


def _directory(asked: Asked, _: Words) -> BoxReply:
    rows = [
        f"{at:4} -rw- {len(text.encode()):11} Jan 01 2026 00:00:00   {name}"
        for at, (name, text) in enumerate(sorted(asked.state.files.items()))
    ]
    return asked.reply("Directory of flash:", *rows, "", "1048576 KB total (524288 KB free)")


def _more(asked: Asked, words: Words) -> BoxReply:
    text = _file(asked.state, words[0])
    if text is None:
        return asked.reply(f"The file {words[0]} does not exist.")
    return asked.reply(*text.splitlines())


def _file(state: BoxState, name: str) -> str | None:
    return state.files.get(_bare(name))


def _bare(name: str) -> str:
    return name.removeprefix("flash:").removeprefix("/")


COMWARE_COMMANDS = (
    OperatorCommand("configuration commit delay *", _commit_delay, "system"),
    OperatorCommand("configuration commit", _commit, "system"),
    OperatorCommand("configuration replace file *", _replace, "system"),
    OperatorCommand("display diff ...", _difference),
)
FILE_COMMANDS = (
    OperatorCommand("delete ...", _delete, "user"),
    OperatorCommand("dir ...", _directory, "user"),
    OperatorCommand("more *", _more, "user"),
)
