# ruff: noqa: INP001 - a script, not a package
"""Prints the whole state schema as a page, by slice; `make schema` puts it into docs/schema.md."""

import ast
import sys
from importlib import import_module
from pathlib import Path

from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement, Table

import beckon.domain
from beckon.storage.schema import metadata

HEAD = """# The state schema

What `beckon migrate` makes, in PostgreSQL's words, by the slice that owns and alone writes it.
SQLite gets the same tables in its own types. Moments are whole milliseconds since 1970, in UTC.
Written by `make schema` from each slice's `tables.py`; a test keeps the two together.
"""


def page() -> str:
    """Write the page, from the tables as the code has them."""
    domain = Path(beckon.domain.__file__).parent
    return "\n".join((HEAD, *(section(file.parent) for file in sorted(domain.glob("*/tables.py")))))


def section(slice_folder: Path) -> str:
    """Write what one slice owns."""
    name = slice_folder.name
    purpose = ast.get_docstring(ast.parse((slice_folder / "__init__.py").read_text())) or ""
    tables = vars(import_module(f"beckon.domain.{name}.tables")).values()
    own = [table for table in metadata.sorted_tables if any(table is each for each in tables)]
    words = "\n".join(map(statements, own))
    return f"## {name}\n\n{purpose}\n\n```sql\n{words}```\n"


def statements(table: Table) -> str:
    """Write what makes a table and its indexes."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    made: list[ExecutableDDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
    words = (str(each.compile(dialect=dialect())).strip() for each in made)
    return "".join(f"{each};\n".replace("\t", "    ").replace(" \n", "\n") for each in words)


if __name__ == "__main__":
    sys.stdout.write(page())
