"""Commands for whoever writes templates: render one, hold the engine against a file of cases.

They open no store and know nothing but the two languages.
"""

import json
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, assert_never
from zoneinfo import ZoneInfo

import typer

from beckon.kit.clock import SystemClock
from beckon.languages.errors import TemplateError

app = typer.Typer(
    help="Templates: render one, check the engine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


class Written(StrEnum):
    """The languages a template may be written in."""

    LIQUID = "liquid"
    VELOCITY = "velocity"


class Checked(StrEnum):
    """The languages that have cases to be checked against."""

    VELOCITY = "velocity"


AnyFile = typer.Argument(exists=True, dir_okay=False, readable=True)


@app.command("render")
def render(
    file: Annotated[Path, AnyFile],
    language: Annotated[Written, typer.Option(help="What FILE is written in.")],
    data: Annotated[Path | None, typer.Option(help="A JSON object: what names mean.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Escape values as in HTML bodies.")] = False,  # noqa: FBT002 - a flag, given by name
    zone: Annotated[str, typer.Option(help="Time zone, as in Europe/Kyiv.")] = "UTC",
) -> None:
    """Print what a template becomes; a fault names file, line and column, with exit status 1.

    Probable slips are told on standard error.
    """
    values = {} if data is None else _read_object(data)
    source = _read(file)
    try:
        output = _render(source, language, values, html=html, zone=_zone(zone))
    except TemplateError as fault:
        _fail(f"{_place(file, fault)}: {fault.message}")
    if language is Written.VELOCITY:
        _warn(file, source)
    typer.echo(output, nl=False)


@app.command("check")
def check(
    cases: Annotated[Path, AnyFile],
    language: Annotated[Checked, typer.Option(help="Which engine to check.")],
    context: Annotated[Path | None, typer.Option(help="JSON with `context` and `files`.")] = None,
) -> None:
    """Run a file of conformance cases; exit status 1 unless all agree."""
    from beckon.languages.velocity.check import check_cases  # noqa: PLC0415 - quick to start

    assert language is Checked.VELOCITY
    try:
        report = check_cases(cases, context)
    except (OSError, ValueError, KeyError) as fault:
        _fail(f"{cases}: these are no cases: {fault!r}")
    for line in report.lines():
        typer.echo(line)
    if report.agreed < report.cases:
        raise SystemExit(1)


def _render(
    source: str, language: Written, values: dict[str, Any], *, html: bool, zone: tzinfo
) -> str:
    now = SystemClock().now()
    match language:
        case Written.LIQUID:
            return _liquid(source, values, html=html, now=now.astimezone(zone))
        case Written.VELOCITY:
            return _velocity(source, values, html=html, now=now, zone=zone)
        case _:
            assert_never(language)


def _liquid(source: str, values: dict[str, Any], *, html: bool, now: datetime) -> str:
    from beckon.languages import liquid  # noqa: PLC0415 - one language is enough

    return liquid.compile_template(source, html=html).render(values, now=now)


def _velocity(
    source: str, values: dict[str, Any], *, html: bool, now: datetime, zone: tzinfo
) -> str:
    from beckon.languages import velocity  # noqa: PLC0415 - one language is enough

    return velocity.compile_template(source, html=html).render(values, now=now, zone=zone)


def _warn(file: Path, source: str) -> None:
    from beckon.languages import velocity  # noqa: PLC0415 - one language is enough

    for slip in velocity.find_slips(source):
        typer.echo(f"{file}:{slip.line}:{slip.column}: warning: {slip.message}", err=True)


def _place(file: Path, fault: TemplateError) -> str:
    places = [str(place) for place in (fault.line, fault.column) if place is not None]
    return ":".join([str(file), *places])


def _read_object(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(_read(file))
    except ValueError as fault:
        _fail(f"{file}: this is no JSON: {fault}")
    if not isinstance(values, dict):
        _fail(f'{file}: a JSON object is wanted, as in {{"name": "Ann"}}.')
    return values


def _read(file: Path) -> str:
    try:
        # Bytes as they are: line ends count in templates.
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as fault:
        _fail(f"{file}: {fault}")


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        _fail(f"--zone must be a tz database name such as Europe/Kyiv, not {name}.")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(1)
