"""The matcher never breaks, and what it costs grows no faster than what was entered."""

import re
import sys
import time
from collections.abc import Callable
from re import _constants as opcodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policy import (
    Entry,
    Kind,
    Rule,
    Rulebook,
    UnusableValue,
    addresses,
    canonical,
    decoding,
    disguises,
    folding,
    hosts,
    reading,
)
from orders.policy.reading import VALUE_MAX
from tests.orders.rulebooks import book, refused

LINE = 1_000_000  # bytes: as long as the lines of one input may be
HEAVY_S = 20.0  # of work, however long others keep us waiting; measured: about one second
MODULES: list[ModuleType] = [addresses, decoding, disguises, folding, hosts, reading]
PATTERNS = [
    pytest.param(value, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
]
REPEATS = (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT)
ANYTHING = st.text(max_size=60) | st.text(
    alphabet="%0123456789abcxn-./\\@:?#*_$!|[] é。\u200bꓚ🅲\n", max_size=90
)
KINDS = [kind for kind in Kind if kind not in (Kind.SERVICE, Kind.CATEGORY)]


@given(st.sampled_from(KINDS), ANYTHING, ANYTHING)
def test_s17_nothing_that_is_entered_breaks_the_matcher(kind, value, entered):
    try:
        rule = canonical(kind, value)
    except UnusableValue:
        return
    Rulebook([Rule(1, kind, rule)]).all_hits(Entry(1, 1, {"link": entered}, {"c": entered}))


@given(ANYTHING)
def test_s17_a_rule_meets_its_own_value(value):
    for kind in (Kind.WORD, Kind.WORD_PART):
        try:
            rules = book((kind, value))
        except UnusableValue:
            continue
        assert refused(rules, text=value)


def _endless(parsed: Any) -> bool:
    """Whether a repeat without a limit is somewhere in it."""
    for code, given_to in parsed:
        if code in REPEATS and given_to[1] == opcodes.MAXREPEAT:
            return True
        if any(_endless(inner) for inner in _inside(code, given_to)):
            return True
    return False


def _inside(code: Any, given_to: Any) -> list[Any]:
    if code in REPEATS:
        return [given_to[2]]
    if code is opcodes.BRANCH:
        return list(given_to[1])
    if code is opcodes.SUBPATTERN:
        return [given_to[3]]
    if code in (opcodes.ASSERT, opcodes.ASSERT_NOT):
        return [given_to[1]]
    return []


def _is_linear(parsed: Any) -> bool:
    """An endless repeat ends its branch, and none is inside it: no text is walked twice."""
    items = list(parsed)
    for at, (code, given_to) in enumerate(items):
        inner = _inside(code, given_to)
        is_endless_itself = code in REPEATS and given_to[1] == opcodes.MAXREPEAT
        is_endless_within = any(_endless(one) for one in inner)
        if is_endless_itself and is_endless_within:
            return False
        if (is_endless_itself or is_endless_within) and not _is_optional(items[at + 1 :]):
            return False
        if not all(_is_linear(one) for one in inner):
            return False
    return True


def _is_optional(items: list[Any]) -> bool:
    return all(code in REPEATS and given_to[0] == 0 for code, given_to in items)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_s17_no_pattern_of_the_matcher_can_walk_a_text_twice(pattern):
    assert _is_linear(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))


@pytest.mark.parametrize("slow", [r"(a+)+b", r"a*a*b", r"\w+@", r"(?:\w+-)+x", r"(a|b+)c"])
def test_the_proof_about_patterns_knows_slow_ones(slow):
    assert not _is_linear(parser.parse(slow))


def steps(work: Callable[[], object]) -> int:
    """How many instructions of the interpreter the matcher's own code took."""
    taken = 0

    def count(frame: FrameType, event: str, _given: Any) -> Any:
        nonlocal taken
        if "orders/policy" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        taken += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return taken


RULES = [
    *((Kind.HOST, f"h{n}.example") for n in range(20)),
    *((Kind.WORD, word) for word in ("casino", "free money", "aaaa", "poker")),
    *((Kind.WORD_PART, part) for part in ("aaaaaa", "viagra", "xxxxxxx")),
    *((Kind.LINK_PART, part) for part in ("/reel/", "aaa")),
    *((Kind.LINK_PATTERN, pattern) for pattern in ("*a*a*b", "x.com/*/a*", "x.com/*")),
]
GROWING = {
    "one letter": "a",
    "letters apart": "a ",
    "digits": "a1",
    "stretched": "aaab",
    "broken": "a-",
    "dotted": "a.",
    "names": "h1.example,",
    "slashes": "//",
    "addresses": "//h1.example/",
    "numbers": "//1.2.3.4/",
    "handles": "/@a.b",
    "percent of percent": "%25",
    "percent": "%",
    "base 64": "aHR0cHM6Ly9oMS5leGFtcGxl.",
    "backslashes": "\\",
    "steps": "../a/",
    "punycode": "xn--a.",
    "brackets": "//[::1]",
    "signs": "$@!|",
    "edges": "-.-",
    "look-alikes": "ꓚ🅲с",
    "campaigns": "?utm_a=b.c",
}


@pytest.mark.parametrize("name", GROWING)
def test_s17_twice_the_input_takes_at_most_twice_the_steps(name):
    rules, unit = book(*RULES), GROWING[name]

    def cost(length):
        entered = (unit * length)[:length]
        entry = Entry(1, 1, {"link": f"https://x.com/{entered}"}, {"comments": entered})
        return steps(lambda: rules.all_hits(entry))

    short, long = cost(1_000), cost(2_000)

    assert short > 0
    assert long <= 2 * short + 500


NESTED = [(Kind.WORD_PART, "a" * length) for length in range(2, VALUE_MAX)]
STARS = [(Kind.LINK_PATTERN, f"*a*a*a*a*a*a*b{number}") for number in range(500)]
HEAVY: dict[str, Callable[[], bool]] = {
    "nested parts": lambda: refused(book(*NESTED), text="a" * LINE),
    "nested parts apart": lambda: refused(book(*NESTED), text="a " * (LINE // 2)),
    "many stars": lambda: refused(book(*STARS), "https://x.com/" + "a" * 1_980),
    "signs that open wide": lambda: refused(book((Kind.WORD, "no")), text="\u3316" * (LINE // 3)),
    "percent of percent": lambda: refused(book((Kind.HOST, "no.com")), "%25" * 660),
    "dots": lambda: refused(book((Kind.HOST, "no.com")), "." * 1_000 + "a." * 500),
    "dotted steps": lambda: refused(book((Kind.LINK_PART, "/no/")), "x.com/" + "../a/" * 390),
    "broken words": lambda: refused(book((Kind.WORD, "none")), text="a-b.c_1 " * (LINE // 8)),
    "addresses in addresses": lambda: refused(book((Kind.HOST, "no.com")), "//a.b/" * 330),
}


@pytest.mark.parametrize("name", HEAVY)
def test_s17_the_heaviest_input_takes_a_bounded_time(name):
    began = time.thread_time()

    HEAVY[name]()

    assert time.thread_time() - began < HEAVY_S
