"""Whatever a provider says, reading it ends in a value or in one of two named exceptions."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from providers.wire import (
    Document,
    SaysError,
    StatusReport,
    Unreadable,
    read_add,
    read_balance,
    read_cancels,
    read_refill_statuses,
    read_refills,
    read_services,
    read_statuses,
)

NAMES = st.sampled_from(
    [
        *("service", "name", "type", "category", "rate", "min", "max", "refill", "cancel", "order"),
        *("order_id", "id", "data", "error", "errors", "status", "message", "charge", "remains"),
        *("start_count", "currency", "orders", "runs", "posts", "balance", "1", "2", "3", "Error"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.text(max_size=12),
    st.sampled_from(["Completed", "Canceled", "1", "2", "0", "-1", "null", "error", "0.90", "100"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=20,
)
ASKED = ["1", "2"]


@given(VALUES)
def test_any_add_reply_is_at_most_one_of_accepted_and_refused(value):
    reply = read_add(Document(value))
    assert reply.upstream_id is None or reply.upstream_id.strip()
    assert reply.hint is None or reply.upstream_id is None
    behind_noise = read_add(Document(value, noise="Warning"))
    assert (behind_noise.upstream_id, behind_noise.error) == (None, None)


@given(VALUES, st.sampled_from([ASKED, ASKED[:1]]))
def test_c13_only_asked_ids_are_ever_reported(value, asked):
    for read in (read_statuses, read_refill_statuses, read_refills, read_cancels):
        with contextlib.suppress(SaysError, Unreadable):
            assert set(read(Document(value), asked)) <= set(asked)


@given(VALUES)
def test_c7_figures_of_a_report_are_usable_or_none(value):
    with contextlib.suppress(SaysError, Unreadable):
        for report in read_statuses(Document(value), ASKED).values():
            if isinstance(report, StatusReport):
                assert report.remains is None or 0 <= report.remains < 10**18
                assert report.start_count is None or report.start_count >= 0
                report.text.encode()


@given(VALUES)
def test_d2_every_offer_that_is_read_can_be_sold(value):
    with contextlib.suppress(SaysError, Unreadable):
        offers, skipped = read_services(Document(value))
        assert len({offer.upstream_id for offer in offers}) == len(offers)
        assert all(offer.cost > 0 and 1 <= offer.min <= offer.max for offer in offers)
        assert all(one.reason for one in skipped)


@given(VALUES)
def test_any_balance_is_a_number_or_refused(value):
    with contextlib.suppress(SaysError, Unreadable):
        assert read_balance(Document(value))[0].is_finite()
