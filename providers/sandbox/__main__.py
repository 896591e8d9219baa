"""`python -m providers.sandbox --port 9000 --state FILE`: the sandbox as a process of its own."""

import argparse
import signal
import sys
import threading
from decimal import Decimal
from pathlib import Path

from providers.sandbox.server import Server
from providers.sandbox.service import AccountSpec, Provider


def main() -> int:
    options = _options()
    options.state.parent.mkdir(parents=True, exist_ok=True)
    provider = Provider(
        services=options.services,
        accounts=options.account or [AccountSpec("demo-key")],
        speed=options.speed,
        state=options.state,
        seed=options.seed,
    )
    try:
        server = Server(provider, host=options.host, port=options.port)
    except OSError as error:
        print(f"sandbox: cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    _stop_on_signals(server)
    print(
        f"sandbox: http://{options.host}:{server.port}/api/v2, {options.services} services, "
        f"{len(provider.book.orders)} orders in the book",
        flush=True,
    )
    server.serve_forever()
    server.server_close()
    provider.book.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="providers.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one and prints it")
    parser.add_argument("--state", type=Path, default=Path(".weir/sandbox.jsonl"))
    parser.add_argument("--services", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=60, help="lapsed seconds per second")
    parser.add_argument(
        "--account",
        type=_account,
        action="append",
        metavar="KEY[:BALANCE[:CURRENCY]]",
        help="may be repeated; default demo-key:1000000:USD",
    )
    return parser.parse_args()


def _account(text: str) -> AccountSpec:
    key, _, rest = text.partition(":")
    balance, _, currency = rest.partition(":")
    return AccountSpec(key, Decimal(balance or 1_000_000), currency or "USD")


def _stop_on_signals(server: Server) -> None:
    def stop(*_: object) -> None:
        server.provider.stopping.set()
        # shutdown() waits for the loop that this handler interrupted: it needs another thread.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
