"""Prints a benchmark's table and keeps its figures as JSON in benchmarks/results/."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parents[1] / "results"

Row = Mapping[str, str | float]


def show(title: str, rows: Sequence[Row]) -> None:
    """Print rows under the keys of the first one; numbers stand to the right."""
    table = Table(title=title, title_justify="left")
    for name, value in rows[0].items():
        table.add_column(name, justify="left" if isinstance(value, str) else "right")
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    Console(width=120).print(table)


def keep(name: str, figures: Mapping[str, object]) -> None:
    """Write the figures with the moment and the machine."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - no part of the product
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(machine | figures, indent=2) + "\n")
    print(f"Kept in benchmarks/results/{path.name}")


def _shown(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
