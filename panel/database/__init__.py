"""Django's PostgreSQL engine, for a server that takes no writes at times: see ``base``."""
