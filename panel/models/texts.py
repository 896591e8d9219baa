"""What the operator writes instead of the built-in words of an e-mail."""

from django.db import models

from panel.models.notices import Event

SUBJECT_MAX = 150
BODY_MAX = 4_000


class NoticeText(models.Model):
    """The words of one e-mail in one language; without a row the built-in ones are sent."""

    event = models.CharField(max_length=10, choices=Event.choices)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=SUBJECT_MAX)
    body = models.TextField(max_length=BODY_MAX)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "language"], name="notice_text_once"),
            models.CheckConstraint(
                condition=~models.Q(subject="") & ~models.Q(body=""),
                name="notice_text_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.language})"
