"""requests sessions that take nothing from the environment and follow nothing."""

import os
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy

import requests

from providers.client.connection import Connection
from providers.client.sockets import Adapter

SESSIONS_MAX = 256


def fresh_session(conn: Connection) -> requests.Session:
    """A session that has no connection yet; close it after the call."""
    return _session(conn, pool_size=1)


def pooled_session(conn: Connection) -> requests.Session:
    """The session that all threads of this process share for this provider."""
    # Sockets that were inherited by a fork would carry the answers of two processes.
    return _pooled(_PoolKey.of(conn), os.getpid())


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the body without a limit, and choke on a bad address."""


@dataclass(frozen=True, slots=True)
class _PoolKey:
    """What makes two connections share a pool; the key of the account is no part of it."""

    url: str
    verify_tls: bool
    user_agent: str
    concurrency: int
    allow_private_address: bool

    @classmethod
    def of(cls, conn: Connection) -> "_PoolKey":
        return cls(
            url=conn.url,
            verify_tls=conn.verify_tls,
            user_agent=conn.user_agent,
            concurrency=conn.concurrency,
            allow_private_address=conn.allow_private_address,
        )


@lru_cache(maxsize=SESSIONS_MAX)
def _pooled(key: _PoolKey, pid: int) -> requests.Session:  # one per process
    return _session(key, pool_size=key.concurrency)


def _session(settings: Connection | _PoolKey, *, pool_size: int) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.verify = settings.verify_tls
    # A PHP session cookie would make the provider answer our parallel calls one by one.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = settings.user_agent.encode("ascii", "ignore").decode()
    session.headers["Accept-Encoding"] = "gzip, deflate"
    adapter = Adapter(
        verify_tls=settings.verify_tls,
        allow_private_address=settings.allow_private_address,
        pool_size=pool_size,
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
