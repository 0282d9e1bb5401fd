"""What concerns several lines of a view: moves, pauses, lines sent again, waiting (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from device_configs.patches.moves import moves
from device_configs.patches.operations import Doing, Operation
from device_configs.patches.patterns import LinePattern
from device_configs.patches.tree import ConfigurationNode

if TYPE_CHECKING:
    from device_configs.patches.differences import ViewDifference

Slotted = Mapping[str, ConfigurationNode]


def wiping_patterns(
    old: Slotted, new: Slotted, *, set_anew: bool = False
) -> tuple[LinePattern, ...]:
    """The lines of a view that a change in it takes away, so that they have to be set again.

    ``set_anew``: those alone of which it is sure. A line that is undone may leave the default with
    the same effect (``undo port link-mode`` of a switch port), which takes nothing away.
    """
    if not old:
        return ()
    return tuple(
        pattern
        for slot in (new if set_anew else {**old, **new})
        for node in (new.get(slot) or old[slot],)
        if node.rule.wipes and _differs(old.get(slot), new.get(slot))
        for pattern in node.rule.wipes
    )


def after_the_lines(view: ViewDifference, old: Slotted, new: Slotted) -> None:
    """Add what follows from the operations of the view's lines, and let them wait as they must."""
    _moves(view, old, new)
    _pauses(view, old, new)
    _sent_again(view, new)
    _waits(view)


def _differs(old: ConfigurationNode | None, new: ConfigurationNode | None) -> bool:
    return old is None or new is None or old.same != new.same


def _moves(view: ViewDifference, old: Slotted, new: Slotted) -> None:
    ordered = [node for node in new.values() if node.rule.document.move]
    kept = [slot for slot, node in old.items() if node.rule.document.move]
    added = [node.slot for node in ordered if node.slot not in old]
    before = list(view.made)
    if view.guarded:
        return
    for move in moves([*kept, *added], [node.slot for node in ordered]):
        subject, anchor = new[move.subject], new.get(move.anchor) or old[move.anchor]
        text = subject.rule.document.move
        if not move.before:
            text = text.replace(" before ", " after ")
        text = text.replace("$1", subject.fit.taken[0]).replace("$2", anchor.fit.taken[0])
        operation = view.add(Operation(Doing.MOVE, view.views, text, subject))
        operation.after.extend(one for one in before if one.doing is not Doing.UNDO)
        before.append(operation)


def _pauses(view: ViewDifference, old: Slotted, new: Slotted) -> None:
    """A line that keeps others from being changed is undone first and set again last."""
    for slot, node in old.items():
        template = node.rule.document.pauses
        if not template:
            continue
        target = "" if template == "view" else node.fit.fill(template)
        concerned = view.by_slot.get(target, ()) if target else view.made
        waiting = [one for one in concerned if one.node.slot != slot]
        own = view.by_slot.get(slot, [])
        changed = [one for one in own if one.doing is Doing.SET]
        if not waiting and not changed:
            continue
        paused = next((one for one in own if one.doing is Doing.UNDO), None)
        paused = paused or view.undo_line(node)
        again = changed or ([view.set_line(new[slot])] if slot in new else [])
        for one in (*waiting, *again):
            one.after.extend([paused] if paused is not None else [])
        for one in again:
            one.after.extend(waiting)


def _sent_again(view: ViewDifference, new: Slotted) -> None:
    for slot, node in new.items():
        if not node.rule.document.resend or not view.made or view.guarded:
            continue
        before = list(view.made)
        ops = [one for one in view.by_slot.get(slot, ()) if one.doing is Doing.SET]
        for one in ops or [view.set_line(node)]:
            one.after.extend(other for other in before if other is not one)


def _waits(view: ViewDifference) -> None:
    """Lines wait for the removal of what stands in their way, and for what wipes them."""
    undone = [one for one in view.own if one.doing is Doing.UNDO]
    wipers = [one for one in view.own if one.node.rule.wipes]
    for wiper in wipers:
        if wiper.doing is Doing.UNDO:
            wiper.after.extend(
                one for one in undone if one is not wiper and _fits(wiper.node.rule.wipes, one.node)
            )
    for one in view.own:
        if one.doing is not Doing.SET:
            continue
        one.after.extend(_fitting(one.node.rule.after_removal, undone))
        if not one.node.rule.listed:
            one.after.extend(
                other
                for other in undone
                if not other.node.rule.listed and other.node.words[:1] == one.node.words[:1]
            )
        one.after.extend(
            wiper for wiper in wipers if wiper is not one and _fits(wiper.node.rule.wipes, one.node)
        )


def _fitting(patterns: tuple[LinePattern, ...], undone: Iterable[Operation]) -> list[Operation]:
    return [one for one in undone if _fits(patterns, one.node)]


def _fits(patterns: tuple[LinePattern, ...], node: ConfigurationNode) -> bool:
    return any(pattern.fit(node.words) for pattern in patterns)
