"""Tables of the workflows slice."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from beckon.storage.schema import Json, Moment, Number, metadata

# `next_at` is when to look again whose date or turn it is, and `scanned_to` how far into the
# contacts the present look has come; empty for workflows that listen.
workflow = Table(
    "workflow",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("listens_since", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Column("next_at", Moment),
    Column("scanned_to", Number),
    Column("hook_digest", LargeBinary),
    Index(None, "project_id"),
    Index(None, "next_at"),
    Index(None, "hook_digest", unique=True),
)

workflow_version = Table(
    "workflow_version",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("workflow_id", Number, ForeignKey("workflow.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("definition", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("workflow_id", "number"),
)

# Which signals a version listens for: to start runs, or for those inside.
workflow_ear = Table(
    "workflow_ear",
    metadata,
    Column("version_id", Number, ForeignKey("workflow_version.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("project_id", Number, nullable=False),
    Index(None, "project_id", "key"),
)

# `due_at` is empty once a run has ended or while it waits for an answer, so that its index holds
# what still moves; `awaits` names the event or the answer a run waits for.
run = Table(
    "run",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("workflow_id", Number, nullable=False),
    Column("version_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("wake_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("data", Json, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("entry", Text),
    Column("signal", Text),
    Column("arrived_at", Moment),
    Column("awaits", Text),
    Column("converted_at", Moment),
    UniqueConstraint("workflow_id", "key"),
    Index(None, "due_at"),
    Index(None, "project_id", "contact_id"),
    Index(
        "ix_run_awaits",
        "project_id",
        "awaits",
        "contact_id",
        sqlite_where=text("awaits IS NOT NULL"),
        postgresql_where=text("awaits IS NOT NULL"),
    ),
)

# A journey: every step taken or refused. Who was refused at the door has no run.
run_step = Table(
    "run_step",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("workflow_id", Number, nullable=False),
    Column("version_id", Number, nullable=False),
    Column("run_id", Number),
    Column("contact_id", Number, nullable=False),
    Column("step", Text, nullable=False),
    Column("passing", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "run_id"),
    Index(None, "workflow_id", "step", "passing"),
    Index(
        "ix_run_step_refused",
        "project_id",
        "contact_id",
        sqlite_where=text("run_id IS NULL"),
        postgresql_where=text("run_id IS NULL"),
    ),
)

# A call to the outside that a run waits for. While a worker is at it `worker` names it and
# `due_at` lies ahead, in case it neither ends nor answers.
run_call = Table(
    "run_call",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("run_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("step", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("due_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("fault", Text),
    UniqueConstraint("run_id", "step"),
    Index(None, "due_at"),
    Index(None, "project_id", "contact_id"),
    Index(
        "ix_run_call_worker",
        "worker",
        sqlite_where=text("worker IS NOT NULL"),
        postgresql_where=text("worker IS NOT NULL"),
    ),
)

# A dry run that is played in the background. While a worker plays it `worker` names it and `due_at`
# lies ahead, in case it goes and says nothing. `part` is how far it is, in thousandths; `found`
# are the counts of what came of it.
trial = Table(
    "trial",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("workflow_id", Number, nullable=False),
    Column("asked", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("played", BigInteger, nullable=False),
    Column("part", Integer, nullable=False),
    Column("worker", Text),
    Column("due_at", Moment),
    Column("found", Json),
    Column("fault", Text),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index(None, "project_id", "workflow_id"),
    Index(None, "due_at"),
)

# What a trial tells of single people: in rows of their own, so that erasing a person finds them.
trial_line = Table(
    "trial_line",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("trial_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content", Json, nullable=False),
    Index(None, "trial_id"),
    Index(None, "project_id", "contact_id"),
)
