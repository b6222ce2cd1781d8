"""Reads a free-text brief: what it is about, and the facts that must not get lost. Pure."""

import re
from collections.abc import Sequence
from typing import TypeVar

from beckon.domain.ai.model import Facts, Intent, Manner, Tongue

T = TypeVar("T")

# The first intent with a word in the text wins, so the more particular ones come first.
_INTENTS: tuple[tuple[Intent, str], ...] = (
    (Intent.ABANDONED_CART, r"abandon|cart|basket|checkout|кошик|покинут|незавершен"),
    (Intent.BIRTHDAY, r"birthday|anniversar|день народження|днем народження|річниц"),
    (Intent.WIN_BACK, r"win.?back|inactive|miss(ed)? you|come back|lapsed|давно не|повертай|скуча"),
    (Intent.ORDER, r"order|shipp|deliver|parcel|tracking|замовлен|доставк|посилк|відправлен"),
    (Intent.FEEDBACK, r"feedback|review|survey|rate |nps|відгук|оцін|опитуван"),
    (
        Intent.WELCOME,
        (
            r"welcome|sign(ed)? ?up|onboard|new (user|customer|subscriber)"
            r"|вітаємо|реєстрац|новий клієнт"
        ),
    ),
    (Intent.EVENT, r"webinar|event|workshop|meet-?up|conference|вебінар|захід|подія|зустріч"),
    (
        Intent.SALE,
        r"sale|discount|off\b|%|promo|offer|deal|black friday|знижк|розпродаж|акці|промо",
    ),
    (
        Intent.NEWS,
        (
            r"news|launch|new (collection|feature|product|arrival)|introduc|release"
            r"|новин|новинк|нова колекц"
        ),
    ),
)

_MANNERS: tuple[tuple[Manner, str], ...] = (
    (Manner.FORMAL, r"formal|professional|business|polite|serious|офіц|ділов|ввічлив"),
    (Manner.URGENT, r"urgent|fomo|hurry|scarc|термінов|нагальн"),
    (Manner.PLAYFUL, r"playful|fun|witty|humou?r|cheeky|грайлив|весел|жарт"),
)

_DISCOUNT = re.compile(r"(\d{1,2})\s?%")
_CODE = re.compile(
    r"\b(?:code|promo ?code|coupon|код|промокод|купон)[\s:]+[\"“«']?"
    r"([A-Za-z0-9][A-Za-z0-9_-]{2,19})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“«„']([^\"”»“'\n]{2,60})[\"”»“']")
_UNTIL = {
    Tongue.ENGLISH: re.compile(
        r"\b(?:until|till|through|ends?(?: on)?|by)\s+"
        r"((?:[A-Z0-9][\w:]*|the|end|of|this|next|week|month|tonight|tomorrow|midnight)"
        r"(?:\s(?:[A-Z0-9][\w:]*|of|the|week|month))*)"
    ),
    Tongue.UKRAINIAN: re.compile(
        r"\bдо\s+((?:кінця\s)?(?:\d{1,2}(?:\s|\.)\w+|понеділка|вівторка|середи|четверга|п.ятниці"
        r"|суботи|неділі|завтра|тижня|місяця))"
    ),
}
_THING = {
    Tongue.ENGLISH: re.compile(
        r"(?:\b(?:on|for|about|of)|:)\s+(?:our\s|the\s|all\s|a\s|an\s)?"
        r"((?!users?\b|customers?\b|people\b|subscribers?\b|those\b|who\b|friday\b|monday\b)"
        r"[a-z][\w'-]*(?:\s(?!until\b|till\b|for\b|with\b|by\b|and\b|who\b|at\b|on\b|code\b"
        r"|using\b|this\b)[a-z][\w'-]*){0,3})",
        re.IGNORECASE,
    ),
    Tongue.UKRAINIAN: re.compile(
        r"\b(?:на|про)\s+((?!всіх\b|клієнтів\b)[а-яіїєґ'’-]+"
        r"(?:\s(?!до\b|для\b|з\b|за\b|і\b|та\b|код)[а-яіїєґ'’-]+){0,2})",
        re.IGNORECASE,
    ),
}
_BRAND = re.compile(
    r"\b(?:at|from|by|в|від)\s+([A-ZА-ЯІЇЄҐ][\w&'-]+(?:\s[A-ZА-ЯІЇЄҐ][\w&'-]+){0,2})"
)


def read_facts(context: str, tongue: Tongue) -> Facts:
    """Read what a context is about; what it does not say stays None."""
    quoted = _QUOTED.search(context)
    thing = quoted or _THING[tongue].search(context)
    discount = _DISCOUNT.search(context)
    return Facts(
        intent=_first(_INTENTS, context, Intent.GENERIC),
        discount=f"{discount[1]}%" if discount else None,
        code=found[1].upper() if (found := _CODE.search(context)) else None,
        thing=thing[1].strip() if thing else None,
        until=found[1].strip() if (found := _UNTIL[tongue].search(context)) else None,
        brand=found[1].strip() if (found := _BRAND.search(context)) else None,
    )


def read_manner(tone: str) -> Manner:
    """Tell which manner comes closest to a tone in free text."""
    return _first(_MANNERS, tone, Manner.FRIENDLY)


def _first(known: Sequence[tuple[T, str]], text: str, otherwise: T) -> T:
    for value, pattern in known:
        if re.search(pattern, text, re.IGNORECASE):
            return value
    return otherwise
