"""One rung of the ladder, how a fair pair of timings is taken, and the table at the end."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rung:
    """A figure, what it is measured against, and what the ratio of the two has to be."""

    name: str
    figure: str
    baseline: str
    ratio: float | None
    target: str
    is_met: bool


def at_least(name: str, figure: float, baseline: float, *, unit: str, target: float) -> Rung:
    """A rate that has to reach a share of its baseline."""
    ratio = figure / baseline
    texts = (f"{figure:,.0f} {unit}", f"{baseline:,.0f} {unit}")
    return Rung(name, *texts, ratio, f"≥ {target:.2f}", ratio >= target)


def at_most(name: str, figure_s: float, baseline_s: float, *, target: float) -> Rung:
    """A duration that may be at most so many times its baseline."""
    ratio = figure_s / baseline_s
    texts = (f"{figure_s * 1000:,.0f} ms", f"{baseline_s * 1000:,.0f} ms")
    return Rung(name, *texts, ratio, f"≤ {target:.2f}", ratio <= target)


def timed_s(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def in_turns(
    figure: Callable[[], float], baseline: Callable[[], float], *, rounds: int
) -> tuple[float, float]:
    """Measure both in many short turns, so that a noisy neighbour meets both; their medians."""
    pairs = [(figure(), baseline()) for _ in range(rounds)]
    return statistics.median(f for f, _ in pairs), statistics.median(b for _, b in pairs)


def table(rungs: Sequence[Rung]) -> str:
    """All rungs as text in columns."""
    head = ("", "figure", "baseline", "ratio", "target", "")
    rows = [
        (
            rung.name,
            rung.figure,
            rung.baseline,
            "" if rung.ratio is None else f"{rung.ratio:.2f}",
            rung.target,
            "met" if rung.is_met else "MISSED",
        )
        for rung in rungs
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    title = "  ".join(cell.ljust(width) for cell, width in zip(head, widths, strict=True))
    return "\n".join(line.rstrip() for line in [title, "-" * len(title), *lines])
