"""A port for a server that a test is going to start."""

import random
import socket

PORTS = range(20_000, 32_000)
"""Below those that systems hand out by themselves (Linux: 32768, others: 49152): there, any
connection that somebody opens meanwhile may get the port before our server has it."""
TRIES_MAX = 100
_chosen = random.SystemRandom()  # not seeded: test processes that run at once must not agree


def free_port() -> int:
    """A port on which nobody listens."""
    for _ in range(TRIES_MAX):
        port = _chosen.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("Every port is taken.")
