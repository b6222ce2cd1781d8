"""What a definition may not ask of the world outside."""

import pytest

from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.steps import CallWebhook
from beckon.domain.workflows.triggers import EventTrigger
from beckon.domain.workflows.validation import Known, find_faults


def told(**headers):
    step = CallWebhook("https://shop.example/hook", headers=headers, id="call")
    return list(find_faults(Definition(EventTrigger("bought"), (step,)), Known()))


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding ", "CONNECTION"])
def test_a_call_says_neither_where_it_goes_nor_where_it_ends(name):
    (fault,) = told(**{name: "7"})
    assert fault.place.endswith(".headers")
    assert told(Authorization="Bearer {{ user.token }}") == []
