# One image for web, worker, clock and migrations; the command decides.
FROM python:3.11-slim AS build
WORKDIR /weir
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=panel.settings STATIC_COLLECTED=true
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin weir
WORKDIR /weir
COPY --from=build /venv /venv
COPY manage.py pyproject.toml LICENSE ./
COPY panel panel
COPY orders orders
COPY providers providers
COPY templates templates
COPY static static
COPY locale locale
# Collecting reads the settings but needs no server; these words never reach a running panel.
RUN SECRET_KEY=build FIELD_KEYS=build ALLOWED_HOSTS=build \
    DATABASE_URL=postgres://build@build/build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput --verbosity 0 && python -m compileall -q panel orders providers
USER weir
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "panel.wsgi:application"]
