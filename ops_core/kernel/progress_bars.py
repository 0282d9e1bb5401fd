"""How far a long command has come, on standard error where somebody watches it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[str], None]]:
    """A bar of ``total`` steps: each call says what begins now, and what went before is done.

    Nothing is drawn where standard error is no terminal, and nothing is left of it at the end.
    """
    console = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal, redirect_stdout=False,
    )  # fmt: skip
    with shown:
        task = shown.add_task("", total=total + 1)
        yield lambda what: shown.update(task, advance=1, description=what)
