"""The fixed words of the pages behind links, in the reader's language."""

# ruff: noqa: RUF001 - Ukrainian letters are meant as they are

from collections.abc import Mapping

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "en": {
        "unsubscribe_title": "Unsubscribe",
        "unsubscribe_text": "{project} will send no more newsletters to this address:",
        "unsubscribe_button": "Unsubscribe",
        "unsubscribed_title": "You are unsubscribed",
        "unsubscribed_text": "{project} will send no more newsletters to this address:",
        "resubscribe_button": "That was a mistake, subscribe me again",
        "resubscribed_title": "You are subscribed again",
        "resubscribed_text": "{project} will go on writing to this address:",
        "choose": "Choose what you want to hear of",
        "preferences_title": "What do you want to hear of?",
        "preferences_text": "Your choice counts at once. Receipts and the like still reach you.",
        "channels": "How we may reach you",
        "categories": "What we may write about",
        "save": "Save",
        "saved": "Saved. Thank you!",
        "email": "E-mail",
        "sms": "SMS",
        "viber": "Viber",
        "confirm_title": "Confirm your subscription",
        "confirm_text": "{project} was asked to write to this address:",
        "confirm_button": "Yes, subscribe me",
        "confirm_else": "It was not you? Then do nothing: without this you are not subscribed.",
        "confirmed_title": "You are subscribed",
        "confirmed_text": "Thank you! {project} will write to this address:",
        "unknown_title": "This link leads nowhere",
        "unknown_text": "It may have been cut off on its way. Please open it from the message.",
        "unavailable_title": "Please try again in a moment",
        "unavailable_text": "We cannot take this just now. Nothing was changed.",
    },
    "uk": {
        "unsubscribe_title": "Відписатися",
        "unsubscribe_text": "{project} більше не надсилатиме розсилок на цю адресу:",
        "unsubscribe_button": "Відписатися",
        "unsubscribed_title": "Вас відписано",
        "unsubscribed_text": "{project} більше не надсилатиме розсилок на цю адресу:",
        "resubscribe_button": "Це помилка, підписати мене знову",
        "resubscribed_title": "Вас знову підписано",
        "resubscribed_text": "{project} і далі писатиме на цю адресу:",
        "choose": "Вибрати, про що отримувати листи",
        "preferences_title": "Про що вам писати?",
        "preferences_text": "Вибір діє відразу. Чеки та подібні повідомлення надходитимуть і далі.",
        "channels": "Як з вами зв'язуватися",
        "categories": "Про що писати",
        "save": "Зберегти",
        "saved": "Збережено. Дякуємо!",
        "email": "Електронна пошта",
        "sms": "SMS",
        "viber": "Viber",
        "confirm_title": "Підтвердьте підписку",
        "confirm_text": "{project} отримав прохання писати на цю адресу:",
        "confirm_button": "Так, підписати мене",
        "confirm_else": "Це були не ви? Нічого не робіть: без підтвердження підписки немає.",
        "confirmed_title": "Вас підписано",
        "confirmed_text": "Дякуємо! {project} писатиме на цю адресу:",
        "unknown_title": "Це посилання нікуди не веде",
        "unknown_text": "Можливо, воно обрізалося дорогою. Відкрийте його з повідомлення.",
        "unavailable_title": "Спробуйте ще раз за хвилину",
        "unavailable_text": "Зараз ми не можемо цього зробити. Нічого не змінено.",
    },
}
DEFAULT = "en"


def pick_language(of_contact: str | None, of_browser: str) -> str:
    """Choose the language of a page: the contact's, else the first the browser asks for."""
    asked = [of_contact or "", *of_browser.split(",")]
    for tag in asked:
        code = tag.split(";")[0].strip().lower().replace("_", "-").split("-")[0]
        if code in WORDS:
            return code
    return DEFAULT
