"""What providers say, counted: words that nobody knows, and how many orders turned canceled."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, models

WORD_MAX = 64

_COUNT_WORDS = """
    INSERT INTO orders_statusword (provider_id, word, seen, first_at, last_at)
    SELECT %s, w.word, w.seen, %s, %s FROM unnest(%s::text[], %s::int[]) AS w (word, seen)
     ORDER BY w.word
        ON CONFLICT ON CONSTRAINT status_word_once DO UPDATE
       SET seen = orders_statusword.seen + excluded.seen, last_at = excluded.last_at
    RETURNING word, xmax = 0
"""
_COUNT_ENDS = """
    INSERT INTO orders_endtally (provider_id, hour, ended, canceled)
    VALUES (%s, date_trunc('hour', %s::timestamptz, 'UTC'), %s, %s)
        ON CONFLICT ON CONSTRAINT end_tally_once DO UPDATE
       SET ended = orders_endtally.ended + excluded.ended,
           canceled = orders_endtally.canceled + excluded.canceled
"""


class StatusWord(models.Model):
    """A status word of a provider that is in no table, and how often it was said."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE)
    word = models.CharField(max_length=WORD_MAX)
    seen = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "word"], name="status_word_once")
        ]

    def __str__(self) -> str:
        return f"{self.word!r} of provider {self.provider_id}"

    @classmethod
    def count(cls, provider_id: int, words: Mapping[str, int], *, now: datetime) -> set[str]:
        """Count words that were seen so often; returns those that are new."""
        names, numbers = list(words), list(words.values())
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_WORDS, [provider_id, now, now, names, numbers])
            return {word for word, is_new in cursor.fetchall() if is_new}


class EndTally(models.Model):
    """How many orders of a provider ended in an hour, and how many canceled or as good as."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE)
    hour = models.DateTimeField()
    ended = models.PositiveIntegerField(default=0)
    canceled = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "hour"], name="end_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.canceled} of {self.ended} canceled at provider {self.provider_id}"

    @classmethod
    def count(cls, provider_id: int, *, ended: int, canceled: int, now: datetime) -> None:
        """Add to the hour of ``now``."""
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_ENDS, [provider_id, now, ended, canceled])

    @classmethod
    def lately(cls, provider_id: int, *, since: datetime) -> tuple[int, int]:
        """Ended and canceled orders in the hours that began after ``since``."""
        sums = cls.objects.filter(provider_id=provider_id, hour__gt=since).aggregate(
            ended=models.Sum("ended", default=0), canceled=models.Sum("canceled", default=0)
        )
        return sums["ended"], sums["canceled"]
