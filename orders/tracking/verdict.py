"""What is to be done about one order after one answer."""

from dataclasses import dataclass

from orders.closing import Ending
from orders.lifecycle import Status
from orders.models.moves import Move
from orders.tracking.followed import Followed

NEARLY_ALL = 0.9
"""An end that leaves this share undelivered is as good as a cancellation."""

Question = tuple[str, str]
"""Why a person is needed, and the evidence."""


@dataclass(slots=True)
class Verdict:
    """What is to be done about one order after one answer; by default nothing."""

    order: Followed
    text: str = ""
    move: Move | None = None
    ending: Ending | None = None
    question: Question | None = None
    word: str = ""
    posts: int | None = None
    """Served posts of a metered order that are not all charged yet."""
    is_miss: bool = False
    is_odd: bool = False
    """Nothing moves, but the answer belongs on the timeline."""
    is_reopened: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the answer itself is to be kept."""
        return self.is_odd or self.move is not None or self.ending is not None

    @property
    def is_canceling(self) -> bool:
        """Whether the order is canceled, or Partial with nothing or nearly nothing delivered."""
        match self.ending:
            case Ending(status=Status.CANCELED):
                return True
            case Ending(status=Status.PARTIAL, undelivered=int(undelivered)):
                return undelivered >= NEARLY_ALL * self.order.units
        return False
