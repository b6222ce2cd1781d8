"""English phrases: what a message says, by intent, and how it speaks, by manner.

Words in braces are facts; a phrase is used only where all of its facts are known.
"""

from beckon.domain.ai.grammar import Phrases, Voice
from beckon.domain.ai.model import Intent, Manner

VOICES = {
    Manner.FRIENDLY: Voice(
        hello=("Hi there,", "Hello,", "Hey,"),
        stress=("We think you'll like it.", "We picked it with you in mind."),
        goodbye=("See you soon,", "Warmly,", "Have a lovely day,"),
    ),
    Manner.FORMAL: Voice(
        hello=("Dear customer,", "Good day,"),
        stress=("Please let us know if you have any questions.", "We are glad to be of service."),
        goodbye=("Kind regards,", "Yours sincerely,"),
    ),
    Manner.PLAYFUL: Voice(
        hello=("Well, hello!", "Psst… over here!", "Hey you,"),
        stress=("Go on, you know you want to.", "No drum roll needed. Well, maybe a small one."),
        goodbye=("High five,", "Catch you later,"),
    ),
    Manner.URGENT: Voice(
        hello=("A quick heads-up:", "Before it's gone:"),
        stress=("It won't wait for long.", "Once it's over, it's over."),
        goodbye=("Don't wait too long,", "See you there,"),
    ),
}

PHRASES = {
    Intent.WELCOME: Phrases(
        titles=("Welcome to {brand}", "Welcome aboard", "You're in – welcome", "Glad you're here"),
        leads=(
            "Thank you for joining {brand}. Everything is ready for you.",
            "Thank you for joining us. Everything is ready for you.",
            "It's good to have you with us. Here is the best place to begin.",
        ),
        details=(
            "As a welcome, take {discount} off {thing} with code {code}.",
            "As a welcome, take {discount} off your first order with code {code}.",
            "As a welcome, your first order is {discount} off.",
            "Look around, pick what you like, and write to us whenever you need a hand.",
        ),
        calls=("Get started", "Take a look around"),
    ),
    Intent.SALE: Phrases(
        titles=(
            "{discount} off {thing} until {until}",
            "{discount} off {thing}",
            "{discount} off until {until}",
            "{discount} off, for you",
            "A better price on {thing}",
            "Something you like, for less",
        ),
        leads=(
            "Until {until} you save {discount} on {thing}.",
            "Right now you save {discount} on {thing}.",
            "Right now you save {discount}.",
            "Our prices on {thing} have just come down.",
            "Some of our best prices of the year are waiting for you.",
        ),
        details=(
            "Enter code {code} at checkout before {until}.",
            "Enter code {code} at checkout.",
            "The offer ends {until}.",
            "The price changes in your basket by itself.",
        ),
        calls=("Shop now", "See the offer"),
    ),
    Intent.ABANDONED_CART: Phrases(
        titles=(
            "{thing} is still in your basket",
            "You left something behind",
            "Still thinking it over?",
        ),
        leads=(
            "You left {thing} in your basket. We kept it for you.",
            "You left something in your basket. We kept it for you.",
        ),
        details=(
            "Finish your order with code {code} and save {discount}.",
            "Finish your order now and save {discount}.",
            "Your basket is kept until {until}.",
            "It takes a minute to finish your order, and we are here if something went wrong.",
        ),
        calls=("Back to my basket", "Finish my order"),
    ),
    Intent.WIN_BACK: Phrases(
        titles=("It's been a while", "We've missed you", "Come back to {discount} off"),
        leads=(
            "It's been a while since we saw you at {brand}, and quite a bit is new.",
            "It's been a while since we saw you, and quite a bit is new.",
        ),
        details=(
            "Code {code} takes {discount} off your next order until {until}.",
            "Code {code} takes {discount} off your next order.",
            "Your next order is {discount} off.",
            "Come and see what has changed.",
        ),
        calls=("See what's new", "Take me back"),
    ),
    Intent.ORDER: Phrases(
        titles=("An update on your order", "News about your order", "Your order is on its way"),
        leads=(
            "There is news about your order: {thing}.",
            "There is news about your order.",
            "Your order has moved on a step.",
        ),
        details=(
            "We expect it by {until}.",
            "You can follow every step on the page of your order.",
        ),
        calls=("Follow my order", "See the details"),
    ),
    Intent.BIRTHDAY: Phrases(
        titles=(
            "Happy birthday!",
            "A little something for your birthday",
            "{discount} off, because it's your day",
        ),
        leads=(
            "All of us at {brand} wish you a very happy birthday.",
            "We wish you a very happy birthday.",
        ),
        details=(
            "Your present: {discount} off with code {code}.",
            "Your present: {discount} off anything you like.",
            "May the year ahead be a good one.",
        ),
        calls=("Choose my present", "Open it"),
    ),
    Intent.EVENT: Phrases(
        titles=("You're invited: {thing}", "Save the date", "Join us {until}"),
        leads=(
            "We'd like to invite you to {thing}.",
            "We're getting together and would like you to be there.",
        ),
        details=(
            "Keep your place before {until}.",
            "Places are limited, so it's worth keeping yours early.",
        ),
        calls=("Keep my place", "Tell me more"),
    ),
    Intent.FEEDBACK: Phrases(
        titles=("How did we do?", "What did you think of {thing}?", "Two minutes of your opinion"),
        leads=(
            "You know {thing} by now. How do you like it?",
            "Your opinion decides what we do better.",
        ),
        details=(
            "As a thank-you, code {code} takes {discount} off your next order.",
            "It's a few short questions and takes about two minutes.",
        ),
        calls=("Share my opinion", "Answer now"),
    ),
    Intent.NEWS: Phrases(
        titles=("New: {thing}", "Something new from {brand}", "Here's what's new"),
        leads=(
            "We've just introduced {thing}.",
            "There's something new that we'd like to show you.",
        ),
        details=(
            "Try it with {discount} off until {until}.",
            "Try it with {discount} off.",
            "Here is what it does and why we made it.",
        ),
        calls=("See what's new", "Read more"),
    ),
    Intent.GENERIC: Phrases(
        titles=("News about {thing}", "A note from {brand}", "A short note for you"),
        leads=(
            "We have news about {thing} for you.",
            "We have something to tell you.",
        ),
        details=(
            "Save {discount} with code {code}.",
            "Save {discount} until {until}.",
            "Save {discount}.",
            "All of it stands behind the link.",
        ),
        calls=("Read more", "See more"),
    ),
}
