"""Two trees compared, view by view: the operations that lead from one to the other (pure)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from device_configs.patches.grouping import UndoneGroup, leaving_groups, takes_more
from device_configs.patches.knowledge import PatchKnowledge
from device_configs.patches.numbers import write_numbers
from device_configs.patches.operations import (
    Doing,
    LeftNode,
    Operation,
    exclusive_token,
    undo_text,
)
from device_configs.patches.patterns import LinePattern
from device_configs.patches.reasons import LeftReason
from device_configs.patches.secret_words import MASK
from device_configs.patches.tree import (
    ConfigurationName,
    ConfigurationNode,
    ConfigurationTree,
    shape,
)
from device_configs.patches.view_order import after_the_lines, wiping_patterns

Nodes = tuple[ConfigurationNode, ...]
SecretState = Callable[[Nodes, ConfigurationNode, ConfigurationNode], bool | None]
"""Whether the device has the secrets of the intended line (views, running, intended); None:
nobody can say."""


@dataclass(slots=True)
class Differences:
    """Gathers what a patch does, and what it leaves; ``guards`` says what is never touched."""

    knowledge: PatchKnowledge
    secret_state: SecretState
    guards: Callable[[ConfigurationNode], bool]
    kept_names: frozenset[ConfigurationName]
    """The names that the intended tree defines."""
    operations: list[Operation] = field(default_factory=list)
    left: list[LeftNode] = field(default_factory=list)
    unverified: list[LeftNode] = field(default_factory=list)
    secrets: list[LeftNode] = field(default_factory=list)
    """Lines in which the secret alone is another one."""
    refused: list[LeftNode] = field(default_factory=list)
    """Lines of the intended text that nobody knows."""

    def compare(self, old: ConfigurationTree, new: ConfigurationTree) -> None:
        """Compare the system views and all within."""
        ViewDifference(self, (), (), guarded=False).compare(old.inside, new.inside)


@dataclass(slots=True)
class ViewDifference:
    """One view of both trees.

    ``groups`` go as a whole, here or in a view around; ``own`` are the operations of this view,
    ``made`` those of the views within as well, ``by_slot`` the latter by the line they concern.
    """

    all: Differences
    views: Nodes
    groups: tuple[UndoneGroup, ...]
    guarded: bool
    opening: Operation | None = None
    own: list[Operation] = field(default_factory=list)
    made: list[Operation] = field(default_factory=list)
    by_slot: dict[str, list[Operation]] = field(default_factory=dict)
    wiped: tuple[LinePattern, ...] = ()
    surely_wiped: tuple[LinePattern, ...] = ()

    def compare(self, old_nodes: Nodes, new_nodes: Nodes) -> list[Operation]:
        """Gather the operations of the view; returns them with those of the views within."""
        old = {node.slot: node for node in old_nodes}
        new = {node.slot: node for node in new_nodes}
        self.wiped = wiping_patterns(old, new)
        self.surely_wiped = wiping_patterns(old, new, set_anew=True)
        if not self.guarded:
            self._undo_groups(old_nodes, new_nodes)
        for node in sorted(new_nodes, key=_place):
            mark = len(self.all.operations)
            self._one(old.get(node.slot), node)
            self._remember(node, mark)
        for node in reversed(old_nodes):
            if node.slot not in new:
                mark = len(self.all.operations)
                self._gone(node)
                self._remember(node, mark)
        after_the_lines(self, old, new)
        return self.made

    def set_line(
        self, new: ConfigurationNode, old: ConfigurationNode | None = None, text: str = ""
    ) -> Operation:
        """Set a line, over another if there is one."""
        token = exclusive_token(new)
        frees = exclusive_token(old) if old is not None else ""
        document = new.rule.document
        operation = Operation(
            Doing.SET,
            self.views,
            text or new.text,
            new,
            opens=new.view is not None,
            needs=new.refers,
            makes=new.defines - (old.defines if old is not None else frozenset()),
            drops=(old.refers - new.refers) if old is not None else frozenset(),
            takes=token if token != frees else "",
            frees=frees if token != frees else "",
            disrupts=document.disrupts_new if old is None else document.disrupts,
        )
        chained = [one for one in self.own if one.doing is Doing.SET]
        operation.after.extend(chained[-1:])
        if self.opening is not None:
            operation.after.append(self.opening)
        return self.add(operation)

    def undo_line(self, old: ConfigurationNode) -> Operation | None:
        """Take a line back with all inside it; None where there is no safe command."""
        text = undo_text(old)
        if text is None or takes_more(self.all.knowledge, old, text):
            self.leave(old, LeftReason.NO_UNDO)
            return None
        before = [
            self.add(Operation(Doing.UNDO, (*self.views, old), undo_text(inner) or "", inner))
            for inner in old.inside
            if inner.rule.document.pauses == "view"
        ]
        defines, refers = old.all_names()
        return self.add(
            Operation(
                Doing.UNDO,
                self.views,
                text,
                old,
                drops=refers,
                removes=defines - self.all.kept_names,
                frees=exclusive_token(old),
                disrupts=old.rule.document.disrupts,
                after=before,
            )
        )

    def add(self, operation: Operation) -> Operation:
        """Take an operation into the view's."""
        self.all.operations.append(operation)
        self.own.append(operation)
        self.made.append(operation)
        return operation

    def leave(self, node: ConfigurationNode, reason: LeftReason) -> None:
        """Leave a line as it is, and say so."""
        self.all.left.append(LeftNode(self.views, node, reason))

    def _remember(self, node: ConfigurationNode, mark: int) -> None:
        self.by_slot.setdefault(node.slot, []).extend(self.all.operations[mark:])

    def _one(self, old: ConfigurationNode | None, new: ConfigurationNode) -> None:
        """A line of the intended text, with what stands in its slot."""
        # Not only where the view around makes the group anew: an intended text may keep lines of
        # the group in an inner view alone, and those go with it as well.
        remade = [one.operation for one in self.groups if one.lines.covers(new)]
        if old is not None and old.view is None:
            wiped = any(pattern.fit(new.words) for pattern in self.wiped)
            old = None if remade or wiped else old
        if not new.known:
            if old is None or shape((old,)) != shape((new,)):
                self.all.refused.append(LeftNode(self.views, new, LeftReason.UNKNOWN))
        elif old is None:
            self._new(new, remade)
        elif new.members is not None or old.members is not None:
            self._numbers(new, old, new)
        elif new.view is not None:
            self._block(old, new)
        elif old.same != new.same:
            self._changed(old, new)
        elif new.secrets:
            self._secret(old, new)

    def _new(self, new: ConfigurationNode, after: list[Operation]) -> None:
        if self.guards(new):
            self.leave(new, LeftReason.MANAGEMENT)
        elif new.members is not None:
            self._numbers(new, None, new)
        else:
            operation = self.set_line(new)
            operation.after.extend(after)
            if new.view is not None:
                self._inside(new, (), new.inside, operation)

    def _block(self, old: ConfigurationNode, new: ConfigurationNode) -> None:
        guarded = self.guards(old) or self.guards(new)
        if new.rule.document.atomic:
            if shape((old,)) != shape((new,)):
                self._new(new, [])
        elif old.same == new.same:
            self._inside(new, old.inside, new.inside, guarded=guarded)
        elif guarded:
            self.leave(old, LeftReason.MANAGEMENT)
        elif new.rule.document.recreate:
            gone = self.undo_line(old)
            self._new(new, [gone] if gone is not None else [])
        else:
            self._inside(new, old.inside, new.inside, self.set_line(new, old))

    def _inside(
        self,
        node: ConfigurationNode,
        old: Nodes,
        new: Nodes,
        opening: Operation | None = None,
        *,
        guarded: bool = False,
    ) -> None:
        deep = tuple(one for one in self.groups if one.lines.group.document.deep)
        view = ViewDifference(self.all, (*self.views, node), deep, guarded=guarded, opening=opening)
        made = view.compare(old, new)
        self.made.extend(made)
        if opening is not None:
            opening.inside.extend(made)

    def _changed(self, old: ConfigurationNode, new: ConfigurationNode) -> None:
        document = new.rule.document
        if self.guards(new):
            self.leave(old, LeftReason.MANAGEMENT)
        elif document.replace or (document.edits and not _kinds(old) <= _kinds(new)):
            gone = self.undo_line(old)
            operation = self.set_line(new)
            operation.after.extend([gone] if gone is not None else [])
        else:
            self.set_line(new, old)

    def _secret(self, old: ConfigurationNode, new: ConfigurationNode) -> None:
        state = self.all.secret_state(self.views, old, new)
        if state is None:
            self.all.unverified.append(LeftNode(self.views, new, LeftReason.UNKNOWN))
        elif not state:
            self._other_secret(old, new)

    def _other_secret(self, old: ConfigurationNode, new: ConfigurationNode) -> None:
        if not self.guards(new):
            self.all.secrets.append(LeftNode(self.views, new, LeftReason.UNKNOWN))
        if MASK in new.slot and not self.guards(new):
            # The secret is part of the line's name (a community): the device would have both.
            gone = self.undo_line(old)
            self.set_line(new).after.extend([gone] if gone is not None else [])
        else:
            self._changed(old, new)

    def _numbers(
        self, node: ConfigurationNode, old: ConfigurationNode | None, new: ConfigurationNode | None
    ) -> None:
        base = frozenset(node.rule.document.members)
        before = base if old is None or old.members is None else old.members
        after = base if new is None or new.members is None else new.members
        if before != after and self.guards(node):
            self.leave(node, LeftReason.MANAGEMENT)
            return
        key = " ".join(node.fit.key)
        if after - before:
            self.set_line(node, text=f"{key} {write_numbers(after - before)}")
        if before - after:
            text = f"undo {key} {write_numbers(before - after)}"
            self.add(Operation(Doing.UNDO, self.views, text, node))

    def _gone(self, old: ConfigurationNode) -> None:
        """A line that the intended text does not have."""
        if self._added_by_device(old) or any(one.lines.covers(old) for one in self.groups):
            return
        if not old.known:
            self.leave(old, LeftReason.UNKNOWN)
        elif old.rule.document.fixed:
            self._inside(old, old.inside, (), guarded=self.guards(old))
        elif self.guards(old):
            self.leave(old, LeftReason.MANAGEMENT)
        elif old.members is not None:
            self._numbers(old, old, None)
        elif old.view is not None or not any(one.fit(old.words) for one in self.surely_wiped):
            self.undo_line(old)

    def _added_by_device(self, node: ConfigurationNode) -> bool:
        around = self.views[-1].view if self.views else "system"
        return any(
            pattern.fit(node.words)
            for name in {node.group, around or ""}
            for pattern in self.all.knowledge.view(name).ignored
        )

    def _undo_groups(self, old: Nodes, new: Nodes) -> None:
        for lines in leaving_groups(self.all.knowledge, old, new):
            covered = [node for node in old if lines.covers(node)]
            if all(any(one.fit(node.words) for one in self.surely_wiped) for node in covered):
                continue
            defines, refers = lines.names(old)
            operation = Operation(
                Doing.UNDO,
                self.views,
                lines.undo,
                covered[0],
                drops=refers,
                removes=frozenset() if lines.again else defines - self.all.kept_names,
                disrupts=lines.group.document.disrupts,
            )
            self.groups = (*self.groups, UndoneGroup(lines, self.add(operation)))

    def guards(self, node: ConfigurationNode) -> bool:
        """Whether a line is left alone because the device is managed by it."""
        return self.guarded or self.all.guards(node)


def _place(node: ConfigurationNode) -> int:
    return {"first": 0, "": 1, "last": 2}[node.rule.document.place]


def _kinds(node: ConfigurationNode) -> set[str]:
    """The words of a line that are keywords: those without a digit."""
    return {word for word in node.words if not any(letter.isdigit() for letter in word)}
