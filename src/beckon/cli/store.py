"""Commands over the stores: serve, migrate, and make projects, keys and people.

Commands work while a server runs on the same data directory.
"""

import os
import shlex
import socket
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO, TypeVar

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from beckon import __version__
from beckon.cli import template
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts import queries, rules
from beckon.domain.accounts.model import KeyKind, Project, ProjectId, Role, Scope
from beckon.domain.accounts.passwords import hash_password
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token
from beckon.kit.keypairs import Algorithm, new_pair
from beckon.kit.refusals import Conflict, Refusal
from beckon.main import (
    Part,
    StoreOutdatedError,
    make_data_dir,
    open_vault,
    prepare_store,
    serve,
)
from beckon.settings import SettingInvalidError, Settings, read
from beckon.storage.migrate import migrate
from beckon.storage.presence import AlreadyServedError
from beckon.storage.schema import Tx
from beckon.storage.state import open_engine

T = TypeVar("T")

ACTOR = "command line"

app = typer.Typer(
    help="Beckon: events in, the right message out, once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
import_app = typer.Typer(help="Take people in from files.")
export_app = typer.Typer(help="Write people and events out.")
project_app = typer.Typer(help="Projects: each has its own people, keys and messages.")
key_app = typer.Typer(help="API keys.")
user_app = typer.Typer(help="People who sign in to the dashboard.")
domain_app = typer.Typer(help="Domains that mail is signed for (DKIM).")
secrets_app = typer.Typer(help="Stored secrets and the key that seals them.")
sending_app = typer.Typer(help="Hold sending, and let it go on.")
app.add_typer(secrets_app, name="secrets", no_args_is_help=True)
app.add_typer(sending_app, name="sending", no_args_is_help=True)
app.add_typer(domain_app, name="domain", no_args_is_help=True)
app.add_typer(project_app, name="project", no_args_is_help=True)
app.add_typer(key_app, name="key", no_args_is_help=True)
app.add_typer(user_app, name="user", no_args_is_help=True)
app.add_typer(template.app, name="template", no_args_is_help=True)
app.add_typer(import_app, name="import", no_args_is_help=True)
app.add_typer(export_app, name="export", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="Embedded stores. [BECKON_DATA_DIR, ./data]")]
Host = Annotated[str | None, typer.Option(help="Where to listen. [BECKON_HOST, 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="[BECKON_PORT, 8000]")]
ProjectName = Annotated[str, typer.Option("--project", help="Name or id of the project.")]
ProjectOrAll = Annotated[str | None, typer.Option("--project", help="Name or id. [all projects]")]


@app.command("serve")
def serve_all(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Serve API, dashboard and engine in one process."""
    _serve(_settings(host, port, data_dir), Part.BOTH)


@app.command("api")
def serve_api(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Serve API and dashboard alone; a worker elsewhere does the rest (PostgreSQL)."""
    _serve(_settings(host, port, data_dir), Part.API)


@app.command("worker")
def serve_worker(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run the engine; it answers only /health, /ready and /metrics (PostgreSQL)."""
    _serve(_settings(host, port, data_dir), Part.ENGINE)


@app.command("migrate")
def migrate_stores(data_dir: DataDir = None) -> None:
    """Bring the stores to this version's schema."""
    settings = _settings(data_dir=data_dir)
    make_data_dir(settings)
    engine = open_engine(settings.state_url)
    typer.echo("Migrated." if migrate(engine) else "Already up to date.")
    engine.dispose()


@app.command("rebuild-analytics")
def rebuild_analytics(data_dir: DataDir = None) -> None:
    """Make the analytics store anew from the truth, also while a server runs."""
    from beckon.cli.analytics import rebuild  # noqa: PLC0415 - only this command needs it
    from beckon.kit.logs import configure_logs  # noqa: PLC0415 - likewise

    configure_logs(to_terminal=sys.stderr.isatty())
    rebuild(_settings(data_dir=data_dir))
    typer.echo("Rebuilt.")


@import_app.command("contacts")
def import_contacts(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, UTF-8.")],
    project: ProjectName,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD; COLUMN=- leaves it out.")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Rows not taken. [FILE.errors.csv]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look.")] = False,  # noqa: FBT002 - a flag, given by name
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was cut off.")] = False,  # noqa: FBT002 - likewise
    data_dir: DataDir = None,
) -> None:
    """Make or update people from a table; blank cells change nothing.

    Fields: id, email, phone, name, firstName, lastName, language, timezone, tags; any other is a
    property. Columns are mapped by their names unless told otherwise.
    """
    from beckon.cli import transfer  # noqa: PLC0415 - only these commands need it

    table = transfer.look_at(file, mapped or [])
    for column, field in table.mapping.items():
        typer.echo(f"{column} -> {field}")
    engine = prepare_store(_settings(data_dir=data_dir))
    with engine.connect() as tx:
        project_id = _project(tx, project).id
    refused = errors or file.with_name(f"{file.name}.errors.csv")
    tally = transfer.import_contacts(
        engine, project_id, table, errors=refused, is_dry=dry_run, resumes=resume
    )
    engine.dispose()
    typer.echo(f"{tally.taken} {'can be' if dry_run else 'were'} taken, {tally.refused} not.")
    if tally.refused:
        typer.echo(f"Why not: {refused}")


@export_app.command("contacts")
def export_contacts(project: ProjectName, data_dir: DataDir = None) -> None:
    """Write all people to standard output as CSV."""
    from beckon.cli import transfer  # noqa: PLC0415 - only these commands need it

    _export(_settings(data_dir=data_dir), project, transfer.export_contacts)


@export_app.command("events")
def export_events(project: ProjectName, data_dir: DataDir = None) -> None:
    """Write all events to standard output, a JSON object a line."""
    from beckon.cli import transfer  # noqa: PLC0415 - only these commands need it

    _export(_settings(data_dir=data_dir), project, transfer.export_events)


@app.command("version")
def tell_version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command("dry-run")
def play_workflow(
    number: Annotated[int, typer.Argument(help="Number of the workflow: 3 of auto_3.")],
    project: ProjectName,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 30,
    version: Annotated[int | None, typer.Option(help="Which version; else the present.")] = None,
    against: Annotated[int | None, typer.Option(help="A version to compare with.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Play a workflow over past events: who would have got what, when, and why not."""
    from beckon.cli import dry_run  # noqa: PLC0415 - only this command needs it

    settings, now = _settings(data_dir=data_dir), SystemClock().now()
    dry_run.run(
        settings.state_url,
        lambda tx: dry_run.Play(_project(tx, project).id, number, now, days, version, against),
    )


@app.command("demo")
def fill_demo(
    people: Annotated[int, typer.Option(min=10, max=200_000, help="How many customers.")] = 20_000,
    name: Annotated[str, typer.Option(help="What to call the project.")] = "Juniper Coffee",
    email: Annotated[str, typer.Option(help="To sign in with.")] = "demo@example.com",
    force: Annotated[bool, typer.Option("--force", help="Also beside other projects.")] = False,  # noqa: FBT002 - a flag, given by name
    data_dir: DataDir = None,
) -> None:
    """Make a shop with ninety days behind it, to look around in. Stop the server first."""
    from beckon.cli import demo  # noqa: PLC0415 - only this command needs it
    from beckon.demo.opening import Owner  # noqa: PLC0415 - likewise

    settings, password = _settings(data_dir=data_dir), new_token()[:16]
    prepare_store(settings).dispose()
    owner = Owner(email, hash_password(password))
    try:
        demo.run(settings, people=people, name=name, owner=owner, is_forced=force)
    except AlreadyServedError:
        _fail(f"A Beckon serves {settings.data_dir}. Stop it first, or give another --data-dir.")
    there = "" if data_dir is None else f" --data-dir {shlex.quote(str(data_dir))}"
    program = os.path.relpath(sys.argv[0])
    typer.echo(f"{program} serve{there}, then sign in at {settings.base_url}")
    typer.echo(f"  e-mail    {email}\n  password  {password}")


@app.command("bounce")
def take_bounce(project: ProjectName, data_dir: DataDir = None) -> None:
    """Take a mail that came back, a bounce or a complaint, from standard input."""
    from beckon.cli import deliverability  # noqa: PLC0415 - only mail commands need it

    now = SystemClock().now()
    told = _write(
        _settings(data_dir=data_dir),
        lambda tx: deliverability.take_bounce(tx, _project(tx, project).id, now),
    )
    typer.echo(told)


@domain_app.command("add")
def add_domain(
    domain: Annotated[str, typer.Argument(help="What mail is sent from, as in example.com.")],
    project: ProjectName,
    algorithm: Annotated[Algorithm, typer.Option(help="How to sign.")] = Algorithm.RSA,
    data_dir: DataDir = None,
) -> None:
    """Sign mail from a domain; print the DNS records to publish."""
    from beckon.cli import deliverability  # noqa: PLC0415 - only mail commands need it

    settings, now = _settings(data_dir=data_dir), SystemClock().now()
    pair = new_pair(algorithm)

    def add(tx: Tx) -> None:
        found, vault = _project(tx, project).id, open_vault(tx, settings)
        deliverability.add_domain(tx, found, domain, pair, vault, now)
        deliverability.show_domains(tx, found)

    _write(settings, add)


@secrets_app.command("rotate")
def rotate_secrets(data_dir: DataDir = None) -> None:
    """Seal everything under the first key of BECKON_SECRET_KEY; then the others may go."""
    from beckon.cli import secrets  # noqa: PLC0415 - only this command needs it

    settings = _settings(data_dir=data_dir)
    count = _write(settings, lambda tx: secrets.rotate(tx, open_vault(tx, settings)))
    typer.echo(f"{count} secrets were sealed anew. The older keys may be left out now.")


@sending_app.command("status")
def show_sending(data_dir: DataDir = None) -> None:
    """Say what is held, and what waits."""
    from beckon.cli import sending  # noqa: PLC0415 - only these commands need it

    typer.echo("\n".join(_write(_settings(data_dir=data_dir), sending.describe)))


@sending_app.command("hold")
def hold_sending(
    project: ProjectOrAll = None,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Let nothing leave; what is just leaving still does."""
    from beckon.cli import sending  # noqa: PLC0415 - likewise

    now = SystemClock().now()

    def hold(tx: Tx) -> None:
        sending.hold(tx, _project(tx, project).id if project else None, reason, now)

    _write(_settings(data_dir=data_dir), hold)
    typer.echo("Held.")


@sending_app.command("resume")
def resume_sending(project: ProjectOrAll = None, data_dir: DataDir = None) -> None:
    """Let sending go on."""
    from beckon.cli import sending  # noqa: PLC0415 - likewise

    def resume(tx: Tx) -> bool:
        return sending.resume(tx, _project(tx, project).id if project else None)

    is_over = _write(_settings(data_dir=data_dir), resume)
    typer.echo("Sending goes on." if is_over else "Nothing was held.")


@domain_app.command("list")
def list_domains(project: ProjectName, data_dir: DataDir = None) -> None:
    """Print the DNS records of all domains that mail is signed for."""
    from beckon.cli import deliverability  # noqa: PLC0415 - only mail commands need it

    _write(
        _settings(data_dir=data_dir),
        lambda tx: deliverability.show_domains(tx, _project(tx, project).id),
    )


@project_app.command("create")
def create_project(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    organisation: Annotated[str | None, typer.Option(help="[the project's name]")] = None,
    time_zone: Annotated[str, typer.Option(help="As in Europe/Kyiv.")] = "UTC",
    data_dir: DataDir = None,
) -> None:
    """Make a project; print its id."""
    now = SystemClock().now()
    project_id = _write(
        _settings(data_dir=data_dir),
        lambda tx: accounts.create_project(
            tx, organisation=organisation or name, name=name, time_zone=time_zone, now=now
        ),
    )
    typer.echo(project_id)


@key_app.command("create")
def create_key(
    project: ProjectName,
    name: Annotated[str, typer.Option(help="What it is for.")],
    kind: Annotated[KeyKind, typer.Option("--type", help="What it may do.")] = KeyKind.SECRET,
    scope: Annotated[Scope | None, typer.Option(help="How far it reaches. [everywhere]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API key; print it. It cannot be shown again."""
    now = SystemClock().now()
    new = _write(
        _settings(data_dir=data_dir),
        lambda tx: accounts.create_key(
            tx,
            _project(tx, project).id,
            name=name,
            kind=kind,
            token=new_token(),
            actor=ACTOR,
            now=now,
            scope=rules.read_scope(scope, kind, "--scope"),
        ),
    )
    typer.echo(new.secret)


@user_app.command("create")
def create_user(
    project: ProjectName,
    email: Annotated[str, typer.Option(help="To sign in with.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.MEMBER,
    name: Annotated[str | None, typer.Option(help="[the e-mail address]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a dashboard user; the password is asked for, or read from standard input."""
    settings = _settings(data_dir=data_dir)
    password = _ask_password()
    now = SystemClock().now()

    def create(tx: Tx) -> None:
        accounts.create_person(
            tx,
            _project(tx, project).organisation_id,
            email=email,
            name=name or email,
            password_hash=hash_password(rules.check_password(password, email)),
            role=role,
            now=now,
        )

    _write(settings, create)
    typer.echo(f"{email} can sign in.")


def main() -> None:
    """Run one of these commands; what cannot be done is said in a sentence, with exit status 1."""
    try:
        app()
    except (Refusal, SettingInvalidError) as told:
        _fail(str(told))
    except OperationalError as fault:
        _fail(f"The database does not answer; see BECKON_DATABASE_URL. {fault.orig}")
    except DatabaseError as fault:
        if type(fault.orig) is not sqlite3.DatabaseError:  # what is narrower is a bug of ours
            raise
        _fail(f"The store in the data directory cannot be read: {fault.orig}.")
    except StoreOutdatedError:
        _fail("The database is of an older version. Back it up, then run: beckon migrate")


def _serve(settings: Settings, parts: Part) -> None:
    from beckon.kit.logs import configure_logs  # noqa: PLC0415 - commands print, only servers log

    configure_logs(to_terminal=sys.stderr.isatty())
    _check_port(settings)
    try:
        serve(settings, parts, partial(_announce, settings))
    except AlreadyServedError:
        _fail(f"A Beckon already serves {settings.data_dir}. Stop it, or give another --data-dir.")


def _check_port(settings: Settings) -> None:
    """Say before anything is opened that somebody else listens here."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as fault:
            _fail(
                f"Cannot listen on {settings.host}:{settings.port}: {fault.strerror}. "
                f"Another port: BECKON_PORT={settings.port + 1}"
            )


def _announce(settings: Settings, link: str | None) -> None:
    typer.echo(f"Beckon {__version__} on {settings.base_url}")
    if link is None:
        return
    program = os.path.relpath(sys.argv[0])
    typer.echo(f"Set it up here, once: {link}")
    typer.echo(f"Or without a browser:  {program} project create NAME")
    typer.echo(f"                       {program} key create --project NAME --name first")
    typer.echo(
        f"                       {program} user create --project NAME --email YOU --role ADMIN"
    )


def _settings(
    host: str | None = None, port: int | None = None, data_dir: Path | None = None
) -> Settings:
    settings = read(os.environ)  # noqa: TID251 - the one reading of the environment
    return replace(
        settings,
        host=host or settings.host,
        port=port or settings.port,
        data_dir=data_dir or settings.data_dir,
    )


def _write(settings: Settings, action: Callable[[Tx], T]) -> T:
    engine = prepare_store(settings)
    try:
        with engine.begin() as tx:
            return action(tx)
    finally:
        engine.dispose()


def _export(
    settings: Settings, project: str, export: Callable[[Engine, ProjectId, TextIO], int]
) -> None:
    engine = prepare_store(settings)
    with engine.connect() as tx:
        project_id = _project(tx, project).id
    count = export(engine, project_id, sys.stdout)
    engine.dispose()
    typer.echo(f"{count} written.", err=True)


def _project(tx: Tx, name_or_id: str) -> Project:
    projects = queries.find_projects_any_project(tx, name_or_id)
    if not projects:
        raise queries.ProjectUnknown(f"There is no project '{name_or_id}'.")
    if len(projects) > 1:
        ids = ", ".join(str(project.id) for project in projects)
        raise Conflict(f"Several projects are called '{name_or_id}': {ids}. Give the id.")
    return projects[0]


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _fail(message: str) -> None:
    typer.echo(message, err=True)
    raise SystemExit(1)
