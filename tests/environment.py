"""Stand-in values for what an installation must bring. Only tests and code checks use them."""

import os

STAND_INS = {
    "SECRET_KEY": "only-for-tests-" + "x" * 40,
    "FIELD_KEYS": "dGhpcy1pcy1hLXRlc3Qta2V5LW9mLTMyLWJ5dGVzISE=",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_POOL_MAX": "120",  # tests of races open a connection for every thread
    "HTTPS": "false",
    "LOG_JSON": "false",
    "LOG_LEVEL": "WARNING",
}


def stand_in() -> None:
    """Set what is not set."""
    for name, value in STAND_INS.items():
        os.environ.setdefault(name, value)
