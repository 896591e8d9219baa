"""Not faster than a provider allows: a token bucket for the threads of one process."""

import threading
import time
from collections.abc import Callable

SLOWEST_PER_S = 0.1


class Pace:
    """At most `rate_per_s` calls a second, `burst` at once.

    `slow_down` halves the rate (a provider said 429), `speed_up` gives a twentieth back.
    """

    def __init__(
        self, rate_per_s: float, *, burst: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = self._rate = rate_per_s
        self._burst = float(burst)
        self._tokens = float(burst)
        self._clock = clock
        self._at = clock()
        self._lock = threading.Lock()

    @property
    def rate_per_s(self) -> float:
        return self._rate

    def reserve(self) -> float:
        """Take the next turn; the seconds until it comes, 0 for now."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)

    def wait(self) -> None:
        """Take the next turn and sleep until it comes."""
        time.sleep(self.reserve())

    def slow_down(self) -> None:
        with self._lock:
            self._rate = max(self._rate / 2, SLOWEST_PER_S)

    def speed_up(self) -> None:
        with self._lock:
            self._rate = min(self._rate + self._limit / 20, self._limit)
