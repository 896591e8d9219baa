"""Words in disguise, and the harmless ones that look a little like them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policy import Kind
from tests.orders.rulebooks import book, met, refused

WORDS = (
    *("casino", "poker", "porno", "sex", "escort", "viagra", "drugs", "hell", "freebie"),
    *("betting", "scam", "bonus", "nude", "fake"),
)
RULES = book(
    *((kind, word) for kind in (Kind.WORD, Kind.WORD_PART) for word in WORDS if len(word) > 4)
)
WHOLE = book(*((Kind.WORD, word) for word in WORDS))


@pytest.mark.parametrize(
    "sign", [" ", "  ", "-", ".", "_", "*", " - ", "/", "\n", "–", "·", "🎰", "+"]
)
def test_a_word_is_found_letter_by_letter(sign):
    spelt = sign.join("CASINO")

    assert met(WHOLE, text=f"my {spelt} here").rule.value == "casino"


@pytest.mark.parametrize("kind", [Kind.WORD, Kind.WORD_PART])
@pytest.mark.parametrize(
    "text",
    [
        "ca-si-no",
        "ca.sino",
        "casi_no",
        "c*asino",
        "ca–sino",
        "c4s1n0",
        "cas!no",
        "ca$ino",
        "c@sino",
        "cas|no",
        "caaasinooo",
        "c a s 1 n o",
        "cаs1nо",  # with two letters that are Cyrillic
        "ca-s1-no",
        "ᴄᴀsɪɴᴏ",
        "🅲🅰🆂🅸🅽🅾",
        "🅒🅐🅢🅘🅝🅞",
        "ꓚꓮꓢꓲꓠꓳ",
        "ᏟᎪᏚᎥᏁᎾ",
        "ƈɑʂɩɳօ",
        "https://ca-si-no.example/",
        "https://x.example/c-a-s-i-n-o",
        "https://x.example/?q=c+a+s+i+n+o",
        "https://x.example/c4s1no",
    ],
)
def test_a_word_is_found_broken_up_or_in_other_signs(kind, text):
    rules = book((kind, "casino"))

    assert refused(rules, text=text)
    assert " " in text or refused(rules, link=text)


def test_what_is_shown_is_the_piece_as_it_was_entered():
    assert met(WHOLE, text="play at the C-a-s-i-n-o").piece == "c-a-s-i-n-o"
    assert met(WHOLE, text="P0K3R!").piece == "p0k3r"


@pytest.mark.parametrize("text", ["$ex", "s3x", "s e x", "s.e.x"])
def test_a_word_of_three_letters_is_found_when_nothing_stands_around_it(text):
    assert refused(WHOLE, text=text)


def test_several_words_are_found_set_apart_and_joined():
    rules = book((Kind.WORD, "free money"))

    assert refused(rules, text="f r e e  m o n e y")
    assert refused(rules, text="free-money")


def test_a_long_part_is_found_inside_a_word_with_digits():
    assert refused(book((Kind.WORD_PART, "viagra")), text="superv1agraonline")


@pytest.mark.parametrize(
    "text",
    [
        "he'll be here, we'll see",
        "por no saber",
        "Por-no-saber",
        "ca si no",
        "Is the sea free-ish? 10/10",
        "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",
        "a) yes b) no c) maybe",
        "1 2 3 4 5 6 7 8 9 0",
        "J. R. R. Tolkien, U.S.A.",
        "Galaxy A55, iPhone 15, MP3, 4K, PS5, H264, CO2, B2B",
        "Schifffahrt, Betttuch, Essex, Scunthorpe",
        "www.example.com www www",
        "50 % off! $100 or 90 € @ home",
        "#1 in 2024: 1st, 2nd, 3rd",
        "https://youtu.be/dQw4w9WgXcQ?si=s3Xk-9Aa",
        "https://www.instagram.com/reel/C5eX0aPo-K3/",
        "https://example.com/blog/2024/05/how-to-grow-a-garden",
        "aaaaaah, soooo good!!! Tooooor!",
        "¡Qué bonito! ¿Y a o e?",
        "Straße, Füße, größer; mañana, niño",
    ],
)
def test_harmless_texts_pass(text):
    assert met(RULES, text=text) is None
    assert met(WHOLE, text=text) is None


def test_more_digits_than_letters_are_no_word():
    assert not refused(book((Kind.WORD, "seat")), text="5347")
    assert not refused(book((Kind.WORD, "sea")), text="53a")


def test_short_parts_are_not_looked_for_inside_random_ids():
    assert not refused(book((Kind.WORD_PART, "poker")), "https://youtu.be/xp0k3rAbCdE")


def test_flags_are_no_letters():
    assert not refused(book((Kind.WORD, "uses")), text="🇺🇸🇪🇸")


PLAIN = st.text(string.ascii_lowercase, min_size=7, max_size=12)
SIGNS = st.sampled_from([" ", "-", ".", "_", "*", " . ", "\t", "—"])


@given(PLAIN, SIGNS)
def test_every_word_is_found_with_any_sign_between_its_letters(word, sign):
    assert refused(book((Kind.WORD, word)), text=f"so {sign.join(word)} it is")


@given(st.lists(PLAIN, min_size=1, max_size=12), PLAIN)
def test_plain_words_meet_nothing_but_themselves(words, other):
    stretched = any(word[at] == word[at - 1] for word in words for at in range(1, len(word)))

    if other not in words and not stretched:
        assert not refused(book((Kind.WORD, other)), text=" ".join(words))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("sex", "a s e x y"),  # three letters within others
        ("as", "4s, a-s, a5"),  # two letters
        ("alive", "@live"),  # a handle
        ("cone", "Mac o n e"),  # the end of a word is no single letter
    ],
)
def test_what_is_too_little_for_a_disguise_is_none(word, text):
    assert not refused(book((Kind.WORD, word)), text=text)
