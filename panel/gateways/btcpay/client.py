"""BTCPay Server's Greenfield API for one store: plain JSON calls with an API key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from panel.gateways.calling import Line, call, failure


@dataclass(frozen=True, slots=True)
class Client:
    """Calls to one server. Each raises GatewayFailed for anything but a success."""

    line: Line
    api_key: str = field(repr=False)

    def get(self, *path: str, **query: str) -> Any:
        return self._send("GET", path, query=query)

    def post(self, *path: str, document: Mapping[str, Any]) -> Any:
        return self._send("POST", path, body=json.dumps(document).encode())

    def delete(self, *path: str) -> None:
        self._send("DELETE", path, may_be_empty=True)

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        may_be_empty: bool = False,
    ) -> Any:
        url = "/".join([self.line.base, "api", "v1", *(quote(part, safe="") for part in path)])
        answer = call(
            self.line,
            method,
            f"{url}?{urlencode(query)}" if query else url,
            headers={"Authorization": f"token {self.api_key}", "Content-Type": "application/json"},
            body=body,
        )
        document = answer.json()
        if not answer.is_success or (document is None and not may_be_empty):
            raise failure(self.line, answer)
        return document
