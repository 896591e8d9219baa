"""The servers that a trial panel and the tests bring along: PostgreSQL, a broker, one console.

Nothing in this folder needs Django: it runs before the settings can be read.
"""
