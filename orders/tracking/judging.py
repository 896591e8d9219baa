"""What a provider's report means for one order: decisions alone, no database and no network.

Customers see states go forward only. Money moves by the end that was reported, never by a value
that cannot be: such an answer moves nothing, the order is asked for again, then a person looks.
"""

from collections.abc import Callable

from orders.closing import Ending
from orders.lifecycle import ENDED, Status
from orders.models import Review
from orders.models.moves import Move
from orders.money import product
from orders.tracking.followed import Followed
from orders.tracking.verdict import Verdict
from providers.wire import Problem, StatusReport, UpstreamState

MISSES_FOR_SINGLE = 3
MISSES_FOR_REVIEW = 10
UNUSABLE_FOR_REVIEW = 3
SERVED_MAX = 1_000_000
SERVED_JUMP_MAX = 100
"""Posts of a metered order that may be charged by one report; more go to a person."""


def judge(
    order: Followed, said: StatusReport | Problem | None, *, keeps_delivered: bool = False
) -> Verdict:
    """What ``said`` means; None when the answer did not speak of the order.

    ``keeps_delivered``: this provider's Canceled gives back only what remains.
    """
    if not isinstance(said, StatusReport):
        return _missing(order, said)
    if order.status in ENDED:
        verdict = _judge_ended(order, said, keeps_delivered)
    elif said.state is UpstreamState.CANCELED and keeps_delivered and not order.is_package:
        verdict = _shared(order, said, Status.CANCELED)
    else:
        verdict = _JUDGES[said.state](order, said)
    if verdict.is_told:
        verdict.text = said.text
    if not order.units and not verdict.is_miss:
        _meter(verdict, said)
    return verdict


def _missing(order: Followed, said: Problem | None) -> Verdict:
    """Nothing is known: never that it was canceled."""
    if order.status in ENDED:
        return Verdict(order)
    text = said.text if said else ""
    verdict = Verdict(order, text, is_miss=True)
    if order.misses + 1 >= MISSES_FOR_REVIEW:
        verdict.question = (Review.Reason.MISSING, text or "The answers do not speak of it.")
    return verdict


def _judge_ended(order: Followed, said: StatusReport, keeps_delivered: bool) -> Verdict:
    """A completion may be taken back, once; a refund never."""
    if said.state in _WORK:
        return Verdict(order, is_odd=True, is_reopened=True)
    if said.state in (UpstreamState.UNKNOWN, UpstreamState.NEEDS_PERSON):
        return _JUDGES[said.state](order, said)
    if order.status == Status.PARTIAL:
        return _judge_partial_again(order, said)
    if said.state is UpstreamState.CANCELED and keeps_delivered and not order.is_package:
        return _shared(order, said, Status.CANCELED)
    if said.state in (UpstreamState.CANCELED, UpstreamState.PARTIAL):
        return _JUDGES[said.state](order, said)
    return Verdict(order)


def _judge_partial_again(order: Followed, said: StatusReport) -> Verdict:
    is_same = said.state is UpstreamState.PARTIAL or order.is_subscription
    if is_same and (order.is_subscription or said.remains in (None, order.remains)):
        return Verdict(order)
    evidence = f"It ended as Partial with {order.remains} left, and now: {said.text}"
    return Verdict(order, question=(Review.Reason.CONTRADICTION, evidence), is_odd=True)


def _working(order: Followed, said: StatusReport) -> Verdict:
    # "Pending" after "In progress" is a provider that shuffles its queue, no news to a customer.
    is_backward = _WORK[said.state] == Status.PROCESSING != order.status
    status = order.status if is_backward else _WORK[said.state]
    figures = (
        _fresh(said.start_count, order.start_count),
        _fresh(_usable_remains(order, said), order.remains),
        _fresh(_served(order, said), order.served),
    )
    if status == order.status and figures == _NO_NEWS:
        return Verdict(order, is_odd=is_backward)
    return Verdict(order, move=Move(order.order_id, status, *figures))


def _completed(order: Followed, said: StatusReport) -> Verdict:
    left = _posts_left(order, said)
    if left is not None and left == order.units:
        # Completed without a single post served is no completion that money may follow.
        return _unusable(order, said)
    return Verdict(order, ending=_ending(order, said, Status.COMPLETED, left))


def _canceled(order: Followed, said: StatusReport) -> Verdict:
    if order.is_subscription and not order.is_metered:
        return _shared(order, said, Status.CANCELED)
    return Verdict(order, ending=_ending(order, said, Status.CANCELED, None))


def _partial(order: Followed, said: StatusReport) -> Verdict:
    if order.is_package:
        evidence = f"A package cannot be delivered in part: {said.text}"
        return Verdict(order, question=(Review.Reason.REMAINS, evidence), is_odd=True)
    return _shared(order, said, Status.PARTIAL)


def _expired(order: Followed, said: StatusReport) -> Verdict:
    return _shared(order, said, Status.EXPIRED) if order.is_subscription else _failed(order, said)


def _failed(order: Followed, said: StatusReport) -> Verdict:
    evidence = f"The provider says “{said.word}”."
    return Verdict(order, question=(Review.Reason.FAILED, evidence), is_odd=True)


def _unknown(order: Followed, said: StatusReport) -> Verdict:
    return Verdict(order, word=said.word, is_odd=True)


def _shared(order: Followed, said: StatusReport, status: str) -> Verdict:
    """An end that gives back the share that was not delivered: it must be known."""
    if order.is_metered:
        return Verdict(order, ending=_ending(order, said, status, None))
    if order.is_subscription:
        left = _posts_left(order, said)
    else:
        left = _usable_remains(order, said)
    if left is None:
        return _unusable(order, said)
    verdict = Verdict(order, ending=_ending(order, said, status, left))
    if left == 0 and not order.is_subscription:
        evidence = f"{said.word} with nothing left: nothing was given back. {said.text}"
        verdict.question = (Review.Reason.REMAINS, evidence)
    return verdict


def _unusable(order: Followed, said: StatusReport) -> Verdict:
    verdict = Verdict(order, is_miss=True, is_odd=True)
    if order.misses + 1 >= UNUSABLE_FOR_REVIEW:
        verdict.question = (Review.Reason.REMAINS, f"Not usable: {said.text}")
    return verdict


def _ending(order: Followed, said: StatusReport, status: str, undelivered: int | None) -> Ending:
    return Ending(
        order.order_id,
        status,
        undelivered=undelivered,
        start_count=said.start_count,
        remains=_usable_remains(order, said),
        served=_served(order, said),
        evidence=said.text,
    )


def _usable_remains(order: Followed, said: StatusReport) -> int | None:
    """Units of the whole order, all runs of a drip-feed included; None when it cannot be."""
    if said.remains is None or said.remains > order.units or order.is_subscription:
        return None
    return said.remains


def _posts_left(order: Followed, said: StatusReport) -> int | None:
    """Units of a prepaid subscription's posts that were not served; None when not known."""
    if not order.is_subscription or order.is_metered:
        return None
    served = _served(order, said)
    return None if served is None else max(order.units - order.quantity * served, 0)


def _served(order: Followed, said: StatusReport) -> int | None:
    """Runs or posts done by now; what was seen done stays done. None when not said."""
    count = said.posts if order.is_subscription else said.runs
    if count is None or count > SERVED_MAX:
        return None
    if order.is_metered and count - (order.served or 0) > SERVED_JUMP_MAX:
        return None
    return max(count, order.served or 0)


def _fresh(value: int | None, known: int | None) -> int | None:
    return None if value == known else value


def _meter(verdict: Verdict, said: StatusReport) -> None:
    """Posts of a metered order are charged as they are reported, and what is owed stays owed."""
    order = verdict.order
    served = _served(order, said)
    if served is None:
        if said.posts is not None:
            evidence = f"{said.posts} posts served, {order.served or 0} known before."
            verdict.question = (Review.Reason.REMAINS, evidence)
        served = order.served
    if served and product(order.rate, order.quantity * served) > order.metered:
        verdict.posts = served


_NO_NEWS = (None, None, None)
_WORK = {
    UpstreamState.PENDING: Status.PROCESSING,
    UpstreamState.PROCESSING: Status.PROCESSING,
    UpstreamState.IN_PROGRESS: Status.IN_PROGRESS,
    UpstreamState.ACTIVE: Status.IN_PROGRESS,
    UpstreamState.PAUSED: Status.PAUSED,
}
_JUDGES: dict[UpstreamState, Callable[[Followed, StatusReport], Verdict]] = {
    **dict.fromkeys(_WORK, _working),
    UpstreamState.COMPLETED: _completed,
    UpstreamState.CANCELED: _canceled,
    UpstreamState.PARTIAL: _partial,
    UpstreamState.EXPIRED: _expired,
    UpstreamState.NEEDS_PERSON: _failed,
    UpstreamState.UNKNOWN: _unknown,
}
