"""The matcher of the operator's rules: what it finds in disguise, what it lets pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policy import Entry, Kind, Rule, Rulebook, UnusableValue, canonical
from orders.policy.automaton import Automaton
from orders.policy.folding import fold
from orders.policy.reading import VALUE_MAX
from tests.orders.rulebooks import book, refused


@pytest.mark.parametrize(
    "link",
    [
        "https://instagram.com/p/1",
        "http://www.instagram.com",
        "instagram.com/p/1",
        "//instagram.com/p/1",
        "https:instagram.com",
        "https:/\\instagram.com\\p",
        "HTTPS://INSTAGRAM.COM/",
        "https://m.api.Instagram.com:8443/x",
        "https://instagram.com./x",
        "https://example.com@instagram.com/x",
        "https://inst%61gram.com/x",
        "https://inst%2561gram.com/x",
        "https://instagram.com%2f@example.com",
        "https://ｉｎｓｔａｇｒａｍ.com/x",
        "https://ⓘⓝⓢⓣⓐⓖⓡⓐⓜ.com",
        "https://instagram。com/x",
        "https://insta\u200bgram.com/x",
        "https://insta\u00adgram.com/x",
        "ht\u200btps://instagram.com/x",
        "https://ınstagram.com/x",
        "https://https://instagram.com/x",
        "https://example.com\\@instagram.com/x",
        "https://instagram.com;x",
        "https://instagram.com&x=1",
        "https://instagram.com%00.example.com/x",
    ],
)
def test_a_website_is_found_behind_every_disguise(link):
    assert refused(book((Kind.HOST, "https://www.Instagram.com/")), link)


@pytest.mark.parametrize(
    "link",
    [
        "https://notinstagram.com/x",
        "https://instagram.com.example.net/x",
        "https://example.com/notinstagram.com",
        "https://example.com/?u=instagram.com.example.net",
        "https://example.com/instagram.com.html",
        "https://example.com/instagram.com-is-down",
        "https://example.com/@instagram.com/1",
        "https://example.com/?utm_source=instagram.com",
        "https://instagram.community/",
        "https://instagram.com@example.com/",
        "@instagram",
    ],
)
def test_a_website_is_not_seen_where_a_link_does_not_lead_there(link):
    assert not refused(book((Kind.HOST, "instagram.com")), link)


@pytest.mark.parametrize("link", ["https://xn--bcher-kva.example/1", "https://BÜCHER.example"])
@pytest.mark.parametrize("value", ["bücher.example", "xn--bcher-kva.example"])
def test_a_website_with_foreign_letters_is_one_in_both_spellings(link, value):
    assert refused(book((Kind.HOST, value)), link)


@pytest.mark.parametrize(
    ("link", "is_refused"),
    [
        ("https://x.com/reel/5", True),
        ("https://x.com/REEL/5", True),
        ("https://x.com/%72eel/5", True),
        ("https://x.com//./reel//5", True),
        ("https://x.com/a/../reel/5", True),
        ("https://x.com/?to=/reel/5", True),
        ("https://x.com/surreel/5", False),
    ],
)
def test_a_part_of_a_link_is_found_after_its_path_is_walked(link, is_refused):
    assert refused(book((Kind.LINK_PART, "/reel/")), link) is is_refused


@pytest.mark.parametrize(
    ("pattern", "link", "is_refused"),
    [
        ("t.me/*/secret", "https://t.me/channel/secret/", True),
        ("t.me/*/secret", "https://t.me/channel/secret/1", False),
        ("https://www.x.com/*", "http://x.com/anything?at=all", True),
        ("*.example.com/live/*", "https://eu.example.com/live/9", True),
        ("*.example.com/live/*", "https://example.com/live/9", False),
        ("x.com/a*a", "https://x.com/a", False),
        ("x.com/a*b*c", "https://x.com/a-b-b-c", True),
        ("x.com/a*b*c", "https://x.com/a-c-b", False),
        ("x.com/a", "https://x.com/a/", True),
        ("x.com/*", "https://x.com", True),
    ],
)
def test_a_star_stands_for_anything(pattern, link, is_refused):
    assert refused(book((Kind.LINK_PATTERN, pattern)), link) is is_refused


@pytest.mark.parametrize(
    "text",
    [
        "casino",
        "The CASINO!",
        "ca\u200bsi\u2060no",
        "ｃａｓｉｎｏ",
        "cásinö",
        "c\u0336a\u0336s\u0336i\u0336n\u0336o\u0336",
        "саsinо",  # two letters are Cyrillic
        "my_casino_here",
        "first line\ncasino",
        "𝓬𝓪𝓼𝓲𝓷𝓸",
    ],
)
def test_a_word_is_found_behind_every_disguise(text):
    assert refused(book((Kind.WORD, "Casino")), text=text)


def test_a_whole_word_is_not_found_inside_another_but_a_part_is():
    assert not refused(book((Kind.WORD, "casino")), text="casinos")
    assert refused(book((Kind.WORD_PART, "casino")), text="supercasinos")


def test_words_of_several_words_are_found_whatever_stands_between():
    rules = book((Kind.WORD, "free money"))

    assert refused(rules, text="get FREE,\n  money now")
    assert not refused(rules, text="free moneyless")


@pytest.mark.parametrize("link", ["https://x.com/the%2Dcasino/", "casino@x", "@casino.fan"])
def test_words_are_looked_for_in_links_and_names_too(link):
    assert refused(book((Kind.WORD, "casino")), link=link)


@pytest.mark.parametrize("word", ["казино", "赌场", "كازينو", "kasíno", "🎰🎰", "ΚΑΖΙΝΟ"])
def test_words_of_every_script_are_found(word):
    assert refused(book((Kind.WORD_PART, word)), text=f"x{word}x")


def test_a_rule_with_a_scope_is_only_for_that():
    entry = {"links": {"link": "https://x.com"}}
    own = book((Kind.HOST, "x.com"), service_id=7)
    under = book((Kind.HOST, "x.com"), category_id=8)

    assert own.first_hit(Entry(7, 1, **entry))
    assert not own.first_hit(Entry(6, 1, **entry))
    assert under.first_hit(Entry(6, 8, **entry))
    assert not under.first_hit(Entry(6, 1, **entry))


def test_of_several_rules_the_first_one_answers_and_names_its_input():
    rules = book((Kind.WORD, "second"), (Kind.HOST, "x.com"))

    hit = rules.first_hit(Entry(1, 1, {"link": "https://x.com"}, {"comments": "second"}))

    assert (hit.rule.kind, hit.field, hit.piece) == (Kind.WORD, "comments", "second")


def test_each_rule_that_refuses_is_named_once_with_the_piece_that_met_it():
    rules = book((Kind.WORD, "casino"), (Kind.HOST, "x.com"), (Kind.SERVICE, ""), service_id=1)

    hits = rules.all_hits(Entry(1, 1, {"link": "https://m.x.com"}, {"c": "Casino, c4sino"}))

    assert [(hit.rule.kind, hit.field, hit.piece) for hit in hits] == [
        ("word", "c", "casino"),
        ("host", "link", "m.x.com"),
        ("service", "service", ""),
    ]


def test_a_rule_that_was_kept_before_more_letters_were_alike_still_refuses():
    rules = Rulebook([Rule(1, Kind.WORD, "\u0493asino"), Rule(2, Kind.HOST, "\u0253ad.example")])

    assert refused(rules, "https://bad.example")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.HOST, "example"),
        (Kind.HOST, "*.com*"),
        (Kind.HOST, "a..b"),
        (Kind.HOST, ""),
        (Kind.LINK_PART, "ab"),
        (Kind.LINK_PATTERN, "***"),
        (Kind.WORD, "!!"),
        (Kind.WORD, "a"),
        (Kind.WORD_PART, " \u200b "),
        (Kind.WORD, "x" * (VALUE_MAX + 1)),
        (Kind.WORD_PART, "\ufdfb" * VALUE_MAX),
        (Kind.WORD, "bad\0word"),
    ],
)
def test_what_would_refuse_nothing_or_everything_is_no_rule(kind, value):
    with pytest.raises(UnusableValue):
        canonical(kind, value)


@given(st.lists(st.text("abc", min_size=1, max_size=5), max_size=8), st.text("abc", max_size=40))
def test_one_pass_finds_just_what_the_text_contains(words, text):
    assert Automaton(words).found_in(text) == {word for word in words if word in text}


@given(st.text("ab*", min_size=1, max_size=7), st.text("ab", max_size=14))
def test_a_pattern_fits_just_what_a_star_by_star_search_fits(pattern, text):
    def fits(at: int, start: int) -> bool:
        if at == len(pattern):
            return start == len(text)
        if pattern[at] == "*":
            return any(fits(at + 1, n) for n in range(start, len(text) + 1))
        return start < len(text) and text[start] == pattern[at] and fits(at + 1, start + 1)

    rules = Rulebook([Rule(1, Kind.LINK_PATTERN, f"x.com/-{pattern}-")])

    assert refused(rules, f"https://x.com/-{text}-") is fits(0, 0)


@given(st.text(alphabet="aBéßИа\u200b\u0336ｆﬁ", max_size=20))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)
