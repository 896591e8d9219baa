"""Not faster than a provider allows."""

import pytest

from providers.pace import SLOWEST_PER_S, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_spaced_by_the_rate():
    pace = Pace(10, clock=Clock())
    assert [pace.reserve() for _ in range(4)] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_burst_goes_at_once_and_time_gives_turns_back():
    clock = Clock()
    pace = Pace(10, burst=3, clock=clock)
    assert [pace.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])
    clock.now += 100
    assert [pace.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


def test_b8_a_limit_halves_the_rate_and_good_calls_give_it_back():
    pace = Pace(20, clock=Clock())
    pace.slow_down()
    assert pace.rate_per_s == 10
    for _ in range(30):
        pace.speed_up()
    assert pace.rate_per_s == 20
    for _ in range(50):
        pace.slow_down()
    assert pace.rate_per_s == SLOWEST_PER_S
