"""BTCPay Server's Greenfield API for one store: plain JSON calls with an API key."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from panel.gateways.calling import Line, call, failure
from panel.gateways.listing import listed


@dataclass(frozen=True, slots=True)
class Client:
    """Calls to one server. Each raises GatewayFailed for anything but a success."""

    line: Line
    api_key: str = field(repr=False)

    def get(self, *path: str, **query: str) -> Any:
        return self._send("GET", path, query=query)

    def each(self, *path: str, **query: str) -> Generator[Any]:
        """The entries of a list, as they arrive; to be closed by whoever has enough."""
        return listed(self.line, self._url(path, query), headers=self._headers)

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
        url = self._url(path, query or {})
        answer = call(self.line, method, url, headers=self._headers, body=body)
        document = answer.json()
        if not answer.is_success or (document is None and not may_be_empty):
            raise failure(self.line, answer)
        return document

    def _url(self, path: tuple[str, ...], query: Mapping[str, str]) -> str:
        url = "/".join([self.line.base, "api", "v1", *(quote(part, safe="") for part in path)])
        return f"{url}?{urlencode(query)}" if query else url

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.api_key}", "Content-Type": "application/json"}
