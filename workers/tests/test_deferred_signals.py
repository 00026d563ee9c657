"""Signals that arrive inside a step that must not be interrupted."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from thunderline.client.deferred_signals import DeferredSignals


class AlarmError(Exception):
    pass


def raise_alarm(_number: int, _frame: FrameType | None) -> None:
    raise AlarmError


@pytest.fixture
def alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, raise_alarm)
    yield
    signal.signal(signal.SIGALRM, before)


def interrupt(done: list[str]) -> None:
    """A block that a signal of each kind interrupts."""
    with DeferredSignals():
        with DeferredSignals():
            signal.raise_signal(signal.SIGINT)
            done.append("the inner block")
        signal.raise_signal(signal.SIGALRM)
        done.append("the outer block")


def test_ctrl_c_passes_when_the_outer_block_has_ended() -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupt(done)
    signal.signal(signal.SIGALRM, before)
    assert done == ["the inner block", "the outer block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("alarm")
def test_every_handler_is_called_once_and_is_in_its_place_afterwards() -> None:
    done: list[str] = []
    with pytest.raises(AlarmError) as raised:
        interrupt(done)
    # As where a handler is interrupted by another one.
    assert isinstance(raised.value.__context__, KeyboardInterrupt)
    assert done == ["the inner block", "the outer block"]
    assert signal.getsignal(signal.SIGALRM) is raise_alarm
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_timer_that_is_faster_than_its_handler_exhausts_no_stack() -> None:
    calls = []

    def again(number: int, _frame: FrameType | None) -> None:
        with DeferredSignals():
            calls.append(number)
            if len(calls) < 10_000:
                signal.raise_signal(number)

    before = signal.signal(signal.SIGALRM, again)
    with DeferredSignals():
        signal.raise_signal(signal.SIGALRM)
    signal.signal(signal.SIGALRM, before)
    assert len(calls) == 10_000


def test_blocks_of_other_threads_change_no_handler() -> None:
    entered, over = threading.Event(), threading.Event()

    def run() -> None:
        with DeferredSignals():
            entered.set()
            assert over.wait(30)

    thread = threading.Thread(target=run)
    thread.start()
    assert entered.wait(30)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    over.set()
    thread.join()


def test_a_child_forked_by_another_thread_has_the_handlers_of_the_program() -> None:
    statuses: list[int] = []

    def fork() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0 if signal.getsignal(signal.SIGINT) is signal.default_int_handler else 1)
        statuses.append(os.waitpid(child, 0)[1])

    thread = threading.Thread(target=fork)
    with DeferredSignals():
        thread.start()
        thread.join()
    assert statuses == [0]
