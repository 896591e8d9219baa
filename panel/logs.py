"""How log lines look and where they go: one line on stderr each, without secrets."""

from typing import Any

import structlog

from panel.redaction import redact_event

# What happens to a line no matter whether it was written through structlog or through logging.
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]
# Who writes a line for every request and every task. On a busy panel nobody reads them.
_TRAFFIC = (
    "django_structlog.middlewares",
    "django_structlog.celery",
    "celery.worker.strategy",
    "celery.app.trace",
    "celery.beat",
)


def configuration(*, level: str, as_json: bool, traffic: bool) -> dict[str, Any]:
    """Set structlog up and answer the dictionary for Django's LOGGING.

    as_json: one JSON object a line for machines; else short lines for a console.
    traffic: also a line for every request and every task, not only for failed ones.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": _formatter(as_json=as_json)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": _loggers(level=level, traffic=traffic),
    }


def _loggers(*, level: str, traffic: bool) -> dict[str, Any]:
    return {
        # Only the handler on stderr writes: no second, uncleaned copy of a line.
        "django": {"handlers": [], "level": level, "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # Whoever scans the internet sends any name: a trace of each would bury what matters.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        **{name: {"level": level if traffic else "WARNING"} for name in _TRAFFIC},
    }


def _formatter(*, as_json: bool) -> dict[str, Any]:
    """The last steps of a line. The secrets are taken out after everything was put in."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_event,
            renderer,
        ],
        "foreign_pre_chain": _SHARED,
    }
