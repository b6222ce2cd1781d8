"""Asks a language model for copy. What it says is a stranger's text, and taken as no more.

Source: OpenAI API reference, chat completions; also spoken by Ollama, LM Studio, vLLM, llama.cpp.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.channels.http.connection import Answer
from beckon.domain.ai.model import Brief, Copy, Model
from beckon.domain.ai.strangers import TEXT_CHARACTERS_MAX, order_for, read_copies
from beckon.kit import json
from beckon.kit.refusals import Invalid, Kind, Refusal

ANSWER_BYTES_MAX = 262_144
LATE = "within"
"""A word of the client's about time-outs and of no other fault."""


class ModelFailed(Refusal):
    """The model answered with an error or with nothing that can be used."""

    kind = Kind.UPSTREAM
    code = "model_failed"


class ModelLate(Refusal):
    """The model did not answer in time."""

    kind = Kind.UPSTREAM_LATE
    code = "model_late"


class ModelAway(Refusal):
    """The model cannot be reached, or has no time for us."""

    kind = Kind.UNAVAILABLE
    code = "model_away"


async def write_copy(client: HttpClient, model: Model, brief: Brief, count: int) -> Sequence[Copy]:
    """Let a model write so many variants, at least one of which comes back.

    Raises ModelFailed, ModelLate, ModelAway; within 30 seconds in any case.
    """
    system, asked = order_for(brief, count)
    body = {
        "model": model.name,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": asked},
        ],
        "response_format": {"type": "json_object"},
    }
    headers = {"content-type": "application/json"}
    if model.key:
        headers["authorization"] = f"Bearer {model.key}"
    answer = await _ask(client, f"{model.base_url}/chat/completions", headers, json.write(body))
    copies = read_copies(_content(answer), brief)[:count]
    if not copies:
        raise ModelFailed("The model's answer holds no text that fits the channel.")
    return copies


async def _ask(client: HttpClient, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        answer = await client.ask(
            "POST", url, headers=headers, body=body, bytes_max=ANSWER_BYTES_MAX
        )
    except NotSentError as fault:
        raise ModelAway(f"The model cannot be reached: {fault.reason}") from None
    except InDoubtError as fault:
        late = LATE in fault.reason
        raise (ModelLate if late else ModelFailed)(f"The model: {fault.reason}") from None
    if answer.status in {408, 429, 503}:
        raise ModelAway(f"The model has no time: it answered {answer.status}.")
    if not answer.is_success:
        raise ModelFailed(f"The model answered {answer.status}: {answer.text}")
    return answer


def _content(answer: Answer) -> object:
    """Find what the model wrote: JSON, perhaps with words around it."""
    value: Any = answer.json() or {}
    try:
        text = value["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise ModelFailed("The model's answer is no chat completion.") from None
    if not isinstance(text, str) or len(text) > TEXT_CHARACTERS_MAX:
        raise ModelFailed("The model's answer holds no text, or too much of it.")
    begin, end = text.find("{"), text.rfind("}")
    try:
        return json.read(text[begin : end + 1].encode())
    except Invalid:
        raise ModelFailed("The model's answer is not the JSON it was asked for.") from None
