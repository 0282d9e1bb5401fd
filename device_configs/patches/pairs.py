"""What the halves of a firewall pair copy to each other (pure)."""

from dataclasses import replace

from device_configs.patches.knowledge import PatchKnowledge, load_knowledge
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree


def differs_in_copied(one: ConfigurationTree, other: ConfigurationTree) -> bool:
    """Whether two configurations differ in lines that a pair copies."""
    return _only(one, copied=True) != _only(other, copied=True)


def with_copied_of(tree: ConfigurationTree, other: ConfigurationTree) -> ConfigurationTree:
    """``tree`` with the copied lines of ``other`` in place of its own: what a half is to have
    before the other half has copied anything to it."""
    kept = _only(tree, copied=False).inside
    return replace(tree, inside=(*kept, *_only(other, copied=True).inside))


def _only(tree: ConfigurationTree, *, copied: bool) -> ConfigurationTree:
    knowledge = load_knowledge(tree.family)
    inside = tuple(node for node in tree.inside if _is_copied(knowledge, node) is copied)
    return replace(tree, inside=inside)


def _is_copied(knowledge: PatchKnowledge, node: ConfigurationNode) -> bool:
    words = node.words[1:] if node.words[:1] == ("undo",) else node.words
    return any(words[: len(start)] == start for start in knowledge.copied)
