"""PayPal's REST API: an access token, kept as long as it lasts, and plain JSON calls."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from panel.gateways.calling import Answer, Line, call, failure
from panel.gateways.protocol import GatewayFailed

TOKENS_MAX = 64
TOKEN_SPARE_S = 120
"""A token is given up this long before it ends, so that it lasts for the call it is used in."""

_tokens: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Client:
    """Calls in the name of one PayPal app. Each raises GatewayFailed for no usable answer."""

    line: Line
    client_id: str
    secret: str = field(repr=False)

    def get(self, *path: str, **query: str) -> dict[str, Any]:
        answer = self.send("GET", *path, query=query)
        if not answer.is_success:
            raise failure(self.line, answer)
        return answer.document()

    def post(self, *path: str, document: Mapping[str, Any], request_id: str = "") -> dict[str, Any]:
        answer = self.send("POST", *path, body=json.dumps(document).encode(), request_id=request_id)
        if not answer.is_success:
            raise failure(self.line, answer)
        return answer.document()

    def send(
        self,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        request_id: str = "",
    ) -> Answer:
        """The answer, whatever its status: a 401 is asked again once, with a new token."""
        url = "/".join([self.line.base, *(quote(part, safe="") for part in path)])
        url = f"{url}?{urlencode(query)}" if query else url
        headers = {"Content-Type": "application/json", "Prefer": "return=representation"}
        if request_id:
            headers["PayPal-Request-Id"] = request_id
        answer = call(self.line, method, url, headers=headers | self._authority(), body=body)
        if answer.status == 401:
            _forget(self._token_key())
            answer = call(self.line, method, url, headers=headers | self._authority(), body=body)
        return answer

    def _authority(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}

    def _token(self) -> str:
        key = self._token_key()
        token, ends = _tokens.get(key, ("", 0.0))
        if time.monotonic() < ends:
            return token
        answer = self._ask_for_token()
        token, lasts_s = str(answer.get("access_token") or ""), answer.get("expires_in")
        if not token or not isinstance(lasts_s, int):
            raise GatewayFailed("PayPal gave no access token.")
        _keep(key, token, ends=time.monotonic() + lasts_s - TOKEN_SPARE_S)
        return token

    def _ask_for_token(self) -> dict[str, Any]:
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        answer = call(
            self.line,
            "POST",
            f"{self.line.base}/v1/oauth2/token",
            headers={
                "Authorization": f"Basic {pair}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
        )
        if not answer.is_success:
            raise failure(self.line, answer)
        return answer.document()

    def _token_key(self) -> str:
        # A digest: the key of a dictionary must not be a second place where the secret lies.
        parts = f"{self.line.base}\n{self.client_id}\n{self.secret}"
        return hashlib.sha256(parts.encode()).hexdigest()


def _keep(key: str, token: str, *, ends: float) -> None:
    with _lock:
        if len(_tokens) >= TOKENS_MAX:
            _tokens.clear()
        _tokens[key] = (token, ends)


def _forget(key: str) -> None:
    with _lock:
        _tokens.pop(key, None)
