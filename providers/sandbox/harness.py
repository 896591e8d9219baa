"""The sandbox inside a test or a benchmark: `with Sandbox() as box: ... box.url, box.key`."""

import threading
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from providers.sandbox.faults import Fault
from providers.sandbox.server import Server
from providers.sandbox.service import AccountSpec, Provider

KEY = "sandbox-key-0123456789"


class Sandbox:
    """A sandbox on a free port, in a thread of this process.

    With the default speed 0 time stands still and moves by `advance` alone.
    """

    def __init__(
        self,
        *,
        services: int = 60,
        speed: float = 0,
        state: Path | None = None,
        accounts: Sequence[AccountSpec] = (AccountSpec(KEY),),
        seed: int = 1,
        port: int = 0,
    ) -> None:
        self.provider = Provider(
            services=services, accounts=accounts, speed=speed, state=state, seed=seed
        )
        self.key = accounts[0].key
        self._server = Server(self.provider, port=port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.provider.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.provider.book.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v2"

    def fault(self, kind: str, value: Any = None, **scope: Any) -> int:
        """Switch a fault on; scope: action, service, key, times, probability, accepts."""
        return self.provider.faults.set(Fault(kind, value, **scope))

    def clear(self, fault_id: int | None = None) -> None:
        self.provider.faults.clear(fault_id)

    def advance(self, seconds: float) -> None:
        self.provider.book.set_clock(advance_s=seconds)

    def report(self, order: int | str, **reply: Any) -> None:
        """From now on these fields stand in the order's status, exactly as given."""
        self.provider.book.override(int(order), reply)

    def calls(self, action: str) -> int:
        """How often an action was called, refused and dropped calls included."""
        return self.provider.actions[action]

    def orders(self) -> list[dict[str, Any]]:
        """Every accepted order: order, key, service, params, charge, hash."""
        orders: list[dict[str, Any]] = self.provider.received()["orders"]
        return orders

    def repeated(self) -> list[str]:
        """Hashes of orders that arrived more than once; empty is what one wants to see."""
        hashes: list[str] = self.provider.received()["repeated"]
        return hashes

    def balance(self) -> Decimal:
        self.provider.book.settle()
        return self.provider.book.accounts[self.key].left

    def reset(self) -> None:
        self.provider.reset()
