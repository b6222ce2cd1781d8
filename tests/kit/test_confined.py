"""A process apart: what is done in it comes back, or is given up, and never spreads."""

import pytest

from beckon.kit.confined import KEPT_MAX, PATIENCE, Confined, FailedError, GaveUpError

SECONDS_MAX = 1.0
BYTES_MAX = 512 * 1024 * 1024


@pytest.fixture
def apart():
    """Give a process that evaluates whatever Python it is told."""
    made = Confined("builtins", bytes_max=BYTES_MAX, seconds_max=SECONDS_MAX)
    yield made
    made.close()


def pid_of(apart, number=0):
    return apart.call("eval", f"str(__import__('os').getpid()) + '{number}'")


@pytest.mark.parametrize("text", ["", "Їжак 😀\r\n", "x" * 1_000_000])
def test_texts_of_any_kind_and_size_come_back(apart, text):
    assert apart.call("str", text) == text


def test_what_the_function_refuses_is_told_and_the_process_lives(apart):
    before = pid_of(apart)
    with pytest.raises(FailedError, match="invalid literal for int"):
        apart.call("int", "no number")
    assert pid_of(apart, "") + "0" == before


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("sum(range(10**12))", id="too much work"),
        pytest.param("'x' * 10**10", id="too much memory"),
        pytest.param("__import__('os')._exit(1)", id="gone"),
        pytest.param("__import__('ctypes').string_at(0)", id="crashed"),
    ],
)
def test_what_harms_the_process_is_given_up_and_the_next_call_has_another(apart, code):
    before = pid_of(apart)
    with pytest.raises(GaveUpError):
        apart.call("eval", code)
    assert pid_of(apart, 1) != before.removesuffix("0") + "1"


def test_waiting_is_no_work(apart):
    assert apart.call("eval", f"str(__import__('time').sleep({SECONDS_MAX * 1.2}))") == "None"


def test_what_never_answers_is_given_up():
    apart = Confined("builtins", bytes_max=BYTES_MAX, seconds_max=1 / PATIENCE)
    with pytest.raises(GaveUpError):
        apart.call("eval", "__import__('time').sleep(600)")


def test_the_same_is_asked_once_and_what_is_kept_is_bounded(apart):
    drawn = apart.call("eval", "str(__import__('random').random())")
    assert apart.call("eval", "str(__import__('random').random())") == drawn
    for number in range(KEPT_MAX):
        apart.call("str", str(number))
    assert apart.call("eval", "str(__import__('random').random())") != drawn
