"""Figures as tables for people (pure): what bears one and the same label is one table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ops_core.kernel.health import Measure


@dataclass(frozen=True, slots=True)
class HealthColumn:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one subject, None where it has none of a column."""

    subject: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """All figures that bear the label ``label`` alone: a row each subject, a column each name."""

    label: str
    columns: tuple[HealthColumn, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class HealthFigure:
    """A figure without a label, or with several."""

    name: str
    text: str
    labels: str
    value: float


@dataclass(frozen=True, slots=True)
class Figures:
    tables: tuple[FigureTable, ...] = ()
    others: tuple[HealthFigure, ...] = ()


@dataclass
class _Grid:
    columns: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str], float] = field(default_factory=dict)
    subjects: dict[str, None] = field(default_factory=dict)


def figures_of(measures: Iterable[Measure], words: str = "") -> Figures:
    """The measures that contain every one of the words in their name or labels, as tables."""
    sought = words.lower().split()
    grids: dict[str, _Grid] = {}
    others = []
    for measure in measures:
        text = " ".join((measure.name, *measure.labels, *measure.labels.values())).lower()
        if not all(word in text for word in sought):
            continue
        if len(measure.labels) == 1:
            ((label, subject),) = measure.labels.items()
            grid = grids.setdefault(label, _Grid())
            grid.columns[measure.name] = measure.text
            grid.subjects[subject] = None
            grid.cells[subject, measure.name] = measure.value
        else:
            labels = ", ".join(f"{name}={value}" for name, value in sorted(measure.labels.items()))
            others.append(HealthFigure(measure.name, measure.text, labels, measure.value))
    tables = tuple(_table(label, grid) for label, grid in sorted(grids.items()))
    return Figures(tables, tuple(sorted(others, key=lambda f: (f.name, f.labels))))


def _table(label: str, grid: _Grid) -> FigureTable:
    columns = tuple(HealthColumn(name, text) for name, text in sorted(grid.columns.items()))
    rows: Sequence[Row] = [
        Row(subject, tuple(grid.cells.get((subject, column.name)) for column in columns))
        for subject in sorted(grid.subjects)
    ]
    return FigureTable(label, columns, tuple(rows))
