"""Copy that is written, in the Retenshun vocabulary: by a model of one's own, or built in."""

from dataclasses import replace

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Call, Edge
from beckon.api.retenshun.objects import CHANNELS, Deleted
from beckon.domain.ai import actions, queries
from beckon.domain.ai.composer import TITLE_CHARACTERS, compose
from beckon.domain.ai.model import Brief, Chosen, Copy, Length, Tongue
from beckon.domain.contacts.model import Channel
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

CONTEXT_CHARACTERS = range(1, 4001)
TONE_CHARACTERS_MAX = 50
VARIANTS = range(1, 6)
BUILTIN, MODEL = "builtin", "model"


class Generate(Struct):
    """Body of POST /ai/generate."""

    channel: str
    context: str
    tone: str = "friendly"
    length: str = "medium"
    language: str = "en"
    variants: int = 1


class Variant(Struct, omit_defaults=True):
    """One text: `subject` for e-mail, `title` for push and in-app, `body` for all."""

    body: str
    subject: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class Generated(Variant, omit_defaults=True, kw_only=True):
    """Reply to POST /ai/generate: the first text, and all of them.

    `ai` is true where a model wrote; without one the built-in composer does.
    """

    ai: bool
    source: str
    variants: list[Variant]


class SetModel(Struct, rename="camel"):
    """Body of PUT /ai/model: an OpenAI-compatible address."""

    base_url: str
    model: str
    api_key: str | None = None


class ModelObject(Struct, rename="camel"):
    """Who writes; the key never comes out."""

    source: str
    base_url: str | None
    model: str | None
    has_key: bool


async def generate(edge: Edge, body: Generate) -> Generated:
    """POST /ai/generate: at most 30 seconds; 502, 503 or 504 where a chosen model fails."""
    brief = _brief(body)
    chosen = await edge.services.state.read(lambda tx: queries.find_model(tx, edge.project_id))
    if chosen is None:
        if brief.tongue not in list(Tongue):
            raise Invalid(f"language must be one of {', '.join(Tongue)}, or a model be chosen.")
        copies = [compose(replace(brief, seed=seed)) for seed in range(body.variants)]
    else:
        model = actions.open_model(chosen, edge.services.vault)
        copies = list(await edge.services.write_copy(model, brief, body.variants))
    written = [_variant(brief.channel, copy) for copy in copies]
    first = written[0]
    return Generated(
        ai=chosen is not None,
        source=BUILTIN if chosen is None else MODEL,
        variants=written,
        body=first.body,
        subject=first.subject,
        title=first.title,
    )


def get_model(call: Call) -> ModelObject:
    """GET /ai/model."""
    return _model(queries.find_model(call.tx, call.project_id))


async def set_model(edge: Edge, body: SetModel) -> ModelObject:
    """PUT /ai/model: its address is checked as every other that is called."""
    await edge.services.check_target(body.base_url, "baseUrl")

    def choose(tx: Tx) -> Chosen:
        return actions.choose_model(
            tx,
            edge.project_id,
            base_url=body.base_url,
            name=body.model,
            key=body.api_key,
            vault=edge.services.vault,
            actor=edge.actor,
            now=edge.now,
        )

    return _model(await edge.services.state.write(choose))


def delete_model(call: Call) -> Deleted:
    """DELETE /ai/model: the built-in composer writes again."""
    actions.forget_model(call.tx, call.project_id, actor=call.actor, now=call.now)
    return Deleted()


def _brief(body: Generate) -> Brief:
    channel = CHANNELS.get(body.channel)
    if channel is None:
        raise Invalid(f"channel must be one of {', '.join(CHANNELS)}.")
    if len(body.context.strip()) not in CONTEXT_CHARACTERS:
        raise Invalid("context must have 1 to 4000 characters.")
    if len(body.tone) > TONE_CHARACTERS_MAX:
        raise Invalid(f"tone must have at most {TONE_CHARACTERS_MAX} characters.")
    if body.length not in list(Length):
        raise Invalid(f"length must be one of {', '.join(Length)}.")
    if not (body.language.isascii() and 2 <= len(body.language) <= 35):
        raise Invalid("language must be a language tag such as en or uk.")
    if body.variants not in VARIANTS:
        raise Invalid(f"variants must be a whole number from 1 to {VARIANTS.stop - 1}.")
    return Brief(channel, body.context.strip(), body.tone, Length(body.length), body.language)


def _variant(channel: Channel, copy: Copy) -> Variant:
    if channel is Channel.EMAIL:
        return Variant(copy.body, subject=copy.title)
    return (
        Variant(copy.body, title=copy.title) if channel in TITLE_CHARACTERS else Variant(copy.body)
    )


def _model(chosen: Chosen | None) -> ModelObject:
    if chosen is None:
        return ModelObject(BUILTIN, None, None, has_key=False)
    return ModelObject(MODEL, chosen.base_url, chosen.name, has_key=chosen.sealed is not None)
