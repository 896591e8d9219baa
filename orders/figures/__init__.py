"""Orders, revenue, cost, profit and payments: by day, month, service, provider and customer.

All of it follows from the book. `rolling` adds what was booked to the tables of figures, a step
at a time; `reading` adds what was booked since. So each entry counts once, on its own day: a late
refund on the day of the refund, with its share of the cost. Days are those of UTC.
"""

from orders.figures.pace import Pace, paces
from orders.figures.reading import (
    DAYS_MAX,
    DayFigures,
    Figures,
    Known,
    Period,
    each_day,
    known,
    last_days,
    per_day,
)
from orders.figures.rolling import roll_up
from orders.figures.sharing import SORTS, PartFigures, Share, each_part, share

__all__ = [
    "DAYS_MAX",
    "SORTS",
    "DayFigures",
    "Figures",
    "Known",
    "Pace",
    "PartFigures",
    "Period",
    "Share",
    "each_day",
    "each_part",
    "known",
    "last_days",
    "paces",
    "per_day",
    "roll_up",
    "share",
]
