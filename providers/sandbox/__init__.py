"""A provider to try things on: a real HTTP server that speaks API v2, delivers in time-lapse,
misbehaves on demand and counts what it received.

`python -m providers.sandbox` is a process of its own; `Sandbox` is the same thing in a thread.
It shares no code with the client, so that neither hides the other's mistakes.
"""

from providers.sandbox.harness import Sandbox

__all__ = ["Sandbox"]
