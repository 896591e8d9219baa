"""Every setting. What differs between installations comes from the environment, nothing else.

A missing secret stops the start: there is no default that could reach production.
The trial panel (`manage.py up`) and the tests bring values of their own.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from panel import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _required(name: str, hint: str) -> str:
    """The value of an environment variable that has no safe default."""
    value = env.str(name, default="").strip()
    if not value:
        raise SystemExit(f"Weir cannot start: {name} is not set: {hint}")
    return value


def _required_list(name: str, hint: str) -> list[str]:
    """The same for a comma-separated list."""
    return [part.strip() for part in _required(name, hint).split(",") if part.strip()]


def _broker_address(redis_url: str) -> str:
    """A socket as Celery spells it: unix:///path?db=0 becomes redis+socket:///path?virtual_host=0."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


# --- Secrets and addresses -------------------------------------------------------------------

SECRET_KEY = _required("SECRET_KEY", "give it 50 random characters; it signs sessions and forms.")
FIELD_KEYS = _required_list(
    "FIELD_KEYS",
    "give it one or more Fernet keys, comma separated; the first one encrypts provider keys.",
)
ALLOWED_HOSTS = _required_list(
    "ALLOWED_HOSTS", "name the hosts that this panel answers to, comma separated."
)
DATABASE_URL = _required("DATABASE_URL", "name a PostgreSQL database: postgres://user:pw@host/db.")
REDIS_URL = _required("REDIS_URL", "name a Redis-compatible server: redis://host:6379/0.")
CACHE_URL = env.str("CACHE_URL", default=REDIS_URL)
CELERY_BROKER_URL = _broker_address(REDIS_URL)
WORKER_DEAF_AFTER_S = env.float("WORKER_DEAF_AFTER_S", default=120.0)

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=True)
# Where the world finds this panel: addresses that are given away never come from a request.
PUBLIC_URL = env.str(
    "PUBLIC_URL", default=f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
).rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# --- What the panel is made of ---------------------------------------------------------------

INSTALLED_APPS = [
    "providers",
    "orders",
    "panel.apps.PanelConfig",
    "whitenoise.runserver_nostatic",
    "panel.apps.EngineRoomConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_structlog",
    "rest_framework",
]
MIDDLEWARE = [
    "panel.api.shortcut.straight_to_the_protocol",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "panel.backoffice.loginas.middleware.LookingMiddleware",
    "panel.preferences.PreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]
ROOT_URLCONF = "panel.urls"
WSGI_APPLICATION = "panel.wsgi.application"
AUTH_USER_MODEL = "panel.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "panel.context.brand",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------

LOCK_TIMEOUT_MS = 3_000
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=60_000)
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
CONNECTIONS_PER_PROCESS_MAX = env.int("DATABASE_POOL_MAX", default=16)

DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise SystemExit("Weir cannot start: DATABASE_URL must name a PostgreSQL database.")
DATABASES["default"]["ENGINE"] = "panel.database"
DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])  # %2Frun%2F…: a socket
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "pool": {"min_size": 1, "max_size": CONNECTIONS_PER_PROCESS_MAX, "timeout": 5},
        # Prepared on the server: a third less work for it. A pooler in front must allow that.
        "server_side_binding": True,
        "prepare_threshold": 5,
        "connect_timeout": 5,
        "application_name": "weir",
        "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
        " -c timezone=UTC",
    }
)

# --- Cache and sessions: no page needs Redis ---------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "panel.cache.ForgivingRedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "weir",
        # One attempt: a page must not wait for a cache that is gone.
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), retries=0),
        },
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Language, time, static files ------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["panel.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# An image is built with collected, hashed files; a trial serves them from where they lie.
STATIC_COLLECTED = env.bool("STATIC_COLLECTED", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_COLLECTED else None
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# --- Security --------------------------------------------------------------------------------

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "new_order"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "panel.uploads.RefuseHuge",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
    },
}

# --- Accounts: e-mail and password, second factors, passkeys -----------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "panel.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FORM_CLASS = "panel.consent.ConsentForm"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# Staff without a second factor see nothing; what moves money or rights asks who is there again.
STAFF_TWO_FACTOR = env.bool("STAFF_TWO_FACTOR", default=True)
STAFF_FRESH_S = env.int("STAFF_FRESH_S", default=3_600)

# Without a mail server nobody could confirm an address: then sign-ups work without.
EMAIL_URL = env.str("EMAIL_URL", default="")
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "optional"
EMAIL_CONFIG = env.email_url_config(EMAIL_URL or "consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="noreply@localhost")

# A payment method that credits at once, without money: for trying the panel only.
DEMO_PAYMENTS = env.bool("DEMO_PAYMENTS", default=False)
PAPER_FONTS = env.str("PAPER_FONTS", default="")

# --- API, logs -------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "COERCE_DECIMAL_TO_STRING": True,
}

DJANGO_STRUCTLOG_CELERY_ENABLED = True
LOGGING = logs.configuration(
    level=env.str("LOG_LEVEL", default="INFO"),
    as_json=env.bool("LOG_JSON", default=True),
    traffic=env.bool("LOG_TRAFFIC", default=False),
)
