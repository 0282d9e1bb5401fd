"""The packages' modules, parsed once for every test of the house's rules."""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("device_configs", "incident", "monitors", "ops_core", "seat_assets", "wallboard")


@dataclass(frozen=True)
class Module:
    """One file of the packages."""

    path: str
    """From the repository's root: ``ops_core/kpi/read.py``."""
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the packages, by path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    paths = sorted(p for p in set(listed) if p.endswith(".py") and (ROOT / p).is_file())
    return tuple(_read(path) for path in paths)


def _read(path: str) -> Module:
    text = (ROOT / path).read_text("utf-8")
    return Module(path, text, ast.parse(text))


def classes(module: Module) -> Iterator[ast.ClassDef]:
    """Every class of a module, nested ones too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def identifiers(module: Module) -> Mapping[str, int]:
    """The names that a module gives to something, with the line of the first: its own, classes,
    functions, parameters, variables, attributes and what it imports under another name."""
    found = {Path(module.path).stem: 1}
    for node in ast.walk(module.tree):
        for name in _given(node):
            found.setdefault(name, getattr(node, "lineno", 1))
    return found


def _given(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.name
        case ast.arg():
            yield node.arg
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.Attribute(ctx=ast.Store()):
            yield node.attr
        case ast.alias(asname=str(name)):
            yield name
