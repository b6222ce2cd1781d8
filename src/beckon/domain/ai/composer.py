"""Writes copy from a phrase grammar: no network, no model, the same brief gives the same words."""

from dataclasses import asdict
from html import escape
from types import ModuleType

from beckon.domain.ai import phrases_en, phrases_uk
from beckon.domain.ai.grammar import Phrases, Voice, slots_of, tellable
from beckon.domain.ai.model import Brief, Copy, Intent, Length, Tongue
from beckon.domain.ai.reading import read_facts, read_manner
from beckon.domain.contacts.model import Channel

TITLE_CHARACTERS = {Channel.EMAIL: 78, Channel.PUSH: 50, Channel.WEB_PUSH: 50, Channel.IN_APP: 60}
BODY_CHARACTERS = {
    Channel.SMS: 160,
    Channel.PUSH: 178,
    Channel.WEB_PUSH: 178,
    Channel.IN_APP: 500,
    Channel.VIBER: 1000,
}

# Where a little more temptation is in place; who waits for a parcel wants the news alone.
_TEMPTING = (Intent.SALE, Intent.NEWS, Intent.WELCOME, Intent.WIN_BACK, Intent.EVENT)

_WORDS: dict[str, ModuleType] = {Tongue.ENGLISH: phrases_en, Tongue.UKRAINIAN: phrases_uk}


def compose(brief: Brief) -> Copy:
    """Write the copy a brief asks for; another `seed` gives other words while there are any.

    Every fact the context is understood to hold (a discount, a code, an end) is told in it.
    """
    words = _WORDS[brief.tongue]
    read = read_facts(brief.context, Tongue(brief.tongue))
    facts = {name: value for name, value in asdict(read).items() if name != "intent" and value}
    phrases: Phrases = words.PHRASES[read.intent]
    voice: Voice = words.VOICES[read_manner(brief.tone)]
    title = _title(phrases, facts, brief)
    sentences = _sentences(read.intent, phrases, voice, facts, brief)
    if brief.channel is Channel.EMAIL:
        return Copy(title, _letter(phrases, voice, sentences, brief))
    limit = BODY_CHARACTERS[brief.channel]
    has_title = brief.channel in TITLE_CHARACTERS
    return Copy(title if has_title else "", _fitting(sentences, limit))


def intent_of(brief: Brief) -> Intent:
    """Tell what a brief is understood to be about."""
    return read_facts(brief.context, Tongue(brief.tongue)).intent


def _title(phrases: Phrases, facts: dict[str, str], brief: Brief) -> str:
    limit = TITLE_CHARACTERS.get(brief.channel, 78)
    fitting = [title for title in tellable(phrases.titles, facts) if len(title) <= limit]
    return _capital(_pick(fitting, brief.seed))


def _sentences(
    intent: Intent, phrases: Phrases, voice: Voice, facts: dict[str, str], brief: Brief
) -> list[str]:
    leads = tellable(phrases.leads, facts)
    sentences = [_capital(_pick(leads, brief.seed))]
    told = _told(sentences[0], facts)
    for phrase in tellable(phrases.details, facts):
        adds = _told(phrase, facts) - told
        if adds or (len(sentences) == 1 and brief.length is not Length.SHORT and not facts):
            sentences.append(_capital(phrase))
            told |= adds
    for name in ("discount", "code", "until"):  # never lose what a customer acts on
        if name in facts and name not in told:
            sentences.append(_LOOSE[brief.tongue][name].format_map(facts))
            told.add(name)
    if brief.length is not Length.SHORT and intent in _TEMPTING:
        sentences.append(_pick(list(voice.stress), brief.seed))
    if brief.length is Length.LONG:
        rest = [one for one in phrases.details if not slots_of(one) and one not in sentences]
        sentences += rest
    return sentences


_LOOSE: dict[str, dict[str, str]] = {
    Tongue.ENGLISH: {
        "discount": "You save {discount}.",
        "code": "Your code is {code}.",
        "until": "That is until {until}.",
    },
    Tongue.UKRAINIAN: {
        "discount": "Ви заощаджуєте {discount}.",
        "code": "Ваш код: {code}.",
        "until": "Діє до {until}.",
    },
}


def _letter(phrases: Phrases, voice: Voice, sentences: list[str], brief: Brief) -> str:
    call = _pick(list(phrases.calls), brief.seed)
    goodbye = _pick(list(voice.goodbye), brief.seed)
    paragraphs = [_pick(list(voice.hello), brief.seed), *sentences]
    written = [f"<p>{escape(one, quote=False)}</p>" for one in paragraphs]
    written.append(f'<p><a href="{{{{ link }}}}">{escape(call, quote=False)}</a></p>')
    written.append(f"<p>{escape(goodbye, quote=False)}</p>")
    return "\n".join(written)


def _told(sentence: str, facts: dict[str, str]) -> set[str]:
    lowered = sentence.lower()
    return {name for name, value in facts.items() if value.lower() in lowered}


def _fitting(sentences: list[str], limit: int) -> str:
    """Join whole sentences while they fit; one too long by itself ends in an ellipsis."""
    text = sentences[0]
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) <= limit:
            text = f"{text} {sentence}"
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _pick(choices: list[str], seed: int) -> str:
    return choices[seed % len(choices)]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
