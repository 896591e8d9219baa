"""State words and what refusals are about."""

import pytest

from providers.wire import (
    RefillState,
    RefusalReason,
    UpstreamState,
    fold,
    refill_state,
    refusal_reason,
    upstream_state,
)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending", UpstreamState.PENDING),
        ("awaiting", UpstreamState.PENDING),
        ("", UpstreamState.PENDING),
        (0, UpstreamState.PENDING),
        ("PROCESSING", UpstreamState.PROCESSING),
        ("1", UpstreamState.PROCESSING),
        ("In progress", UpstreamState.IN_PROGRESS),
        ("in_progress", UpstreamState.IN_PROGRESS),
        ("InProgress ", UpstreamState.IN_PROGRESS),
        ("IN-PROGRESS", UpstreamState.IN_PROGRESS),
        ("Complete", UpstreamState.COMPLETED),
        (2, UpstreamState.COMPLETED),
        ("Partially Completed", UpstreamState.PARTIAL),
        ("3", UpstreamState.PARTIAL),
        ("Cancelled", UpstreamState.CANCELED),
        ("Canceled", UpstreamState.CANCELED),
        ("canelled", UpstreamState.CANCELED),
        ("Refunded", UpstreamState.CANCELED),
        (5, UpstreamState.CANCELED),
        ("Fail", UpstreamState.NEEDS_PERSON),
        ("rejected", UpstreamState.NEEDS_PERSON),
        ("Active", UpstreamState.ACTIVE),
        ("Paused", UpstreamState.PAUSED),
        ("Expired", UpstreamState.EXPIRED),
    ],
)
def test_c10_every_known_spelling_of_a_state_is_read(word, state):
    assert upstream_state(word) is state


@pytest.mark.parametrize(
    "word", ["Abgeschlossen", "done?", None, True, False, [], {}, 6, -1, -5, "-4", "٢"]
)
def test_c10_an_unknown_word_is_never_guessed(word):
    assert upstream_state(word) is UpstreamState.UNKNOWN
    assert refill_state(word) is RefillState.UNKNOWN


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Completed", RefillState.COMPLETED),
        ("tasks.status.completed", RefillState.COMPLETED),
        ("tasks.status.in_progress", RefillState.IN_PROGRESS),
        ("Pending", RefillState.PENDING),
        ("Rejected", RefillState.REJECTED),
        ("Error", RefillState.ERROR),
    ],
)
def test_refill_words_are_read_by_their_last_part(word, state):
    assert refill_state(word) is state


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Not enough funds on balance", RefusalReason.NO_FUNDS),
        ("neworder.error.not_enough_funds", RefusalReason.NO_FUNDS),
        ("Yetersiz bakiye", RefusalReason.NO_FUNDS),
        ("Invalid API key", RefusalReason.BAD_KEY),
        ("Unauthorized", RefusalReason.BAD_KEY),
        (
            "You have active order with this link. Please wait until order being completed.",
            RefusalReason.DUPLICATE_LINK,
        ),
        ("Too many requests", RefusalReason.RATE_LIMITED),
        ("Quantity less than minimal 50", RefusalReason.OTHER),
        ("", RefusalReason.OTHER),
    ],
)
def test_b9_a_refusal_is_sorted_by_its_wording(text, reason):
    assert refusal_reason(text) is reason


def test_folding_forgets_case_blanks_underscores_and_hyphens():
    assert fold(" Custom_Comments - Package\t") == "customcommentspackage"
