"""Websites that a link leads to by way of others, or under another name."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policing import READY_LISTS
from orders.policy import Kind, UnusableValue, canonical, read_address
from tests.orders.rulebooks import book, met, refused

BAD = "https://bad.example/x?y=1"
SIGN = {"safe": ""}


def coded(text, *, times):
    for _ in range(times):
        text = quote(text, **SIGN)
    return text


@pytest.mark.parametrize(
    "link",
    [
        "https://go.example/?to=https://bad.example/x",
        "https://go.example/?to=https%3A%2F%2Fbad.example%2Fx",
        "https://go.example/?to=HTTPS%3a%2f%2fBAD.Example",
        "https://go.example/?to=//bad.example",
        "https://go.example/?to=https:\\\\bad.example",
        "https://go.example/?to=https:/bad.example",
        "https://go.example/?to=bad.example/x&safe=1",
        "https://go.example/?a=1;to=m.bad.example:8443",
        "https://go.example/?to=bad.example.",
        "https://go.example/?to=https://me:secret@bad.example",
        "https://go.example/?to=me@bad.example",
        "https://go.example/?to=@bad.example",
        "https://go.example/?to=https://@bad.example",
        "https://go.example/?to=ba%09d.example",
        "https://go.example/?to=bad%E3%80%82example",
        "https://go.example/?to=b\u200bad.example",
        "https://go.example/?to=\u202ebad.example",
        "https://go.example/?to=ｂａｄ.example",
        "https://go.example/bad.example/x",
        "https://go.example/https://bad.example/x",
        "https://go.example/web/2020id_/http:/bad.example/x",
        "https://go.example/x#bad.example",
        "https://go.example/#!/https%3A%2F%2Fbad.example",
        "https://go.example/?to=https%3A%2F%2Fon.example%2F%3Fto%3Dhttps%253A%252F%252Fbad.example",
        "https://go.example/?utm_source=https://bad.example",
        "https://good.example,bad.example",
        "https://good.example;https://bad.example",
        "https://bad-example.translate.goog/x?_x_tr_sl=de",
        "https://www-bad-example.cdn.ampproject.org/c/s/x",
    ],
)
def test_a_website_is_seen_inside_a_link_that_leads_on_to_it(link):
    assert met(book((Kind.HOST, "bad.example")), link).piece.endswith("bad.example")


@pytest.mark.parametrize("times", [1, 2, 3, 9, 40])
def test_codes_of_codes_are_undone_however_deep(times):
    link = f"https://go.example/?to={coded('https://bad.example/', times=times)}"

    assert refused(book((Kind.HOST, "bad.example")), link)


def test_codes_that_spell_the_sign_of_codes_are_undone_too():
    assert refused(book((Kind.HOST, "bad.example")), "https://go.example/%%32%35%32Fbad%2eexample")


@pytest.mark.parametrize("pack", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("around", ["?u=a1{}", "r/{}/x", "#{}", "?u={}&n=1"])
def test_a_website_is_seen_in_an_address_in_base_64(pack, around):
    packed = pack(BAD.encode()).decode()

    for written in (packed, packed.rstrip("="), coded(packed, times=1)):
        assert refused(
            book((Kind.HOST, "bad.example")), f"https://go.example/{around}".format(written)
        )


def test_a_mirrored_site_with_dashes_in_its_name_is_that_site():
    rules = book((Kind.HOST, "my-bad.example"))

    assert refused(rules, "https://my--bad-example.translate.goog/")
    assert not refused(rules, "https://my-bad-example.translate.goog/")


@pytest.mark.parametrize(
    "host",
    [
        "203.0.113.5",
        "203.0.113.5.",
        "203.0.113.5:8080",
        "me@203.0.113.5",
        "3405803781",
        "0xCB007105",
        "0xcb.0x0.0x71.0x5",
        "0313.0.0161.05",
        "203.0.28933",
        "203.28933",
        "２０３.0.113.5",
        "203。0。113。5",
        "[::ffff:203.0.113.5]",
        "[::ffff:cb00:7105]:443",
    ],
)
@pytest.mark.parametrize("around", ["http://{}/x", "https://go.example/?to=http://{}/x"])
def test_a_number_is_one_website_in_every_way_to_write_it(host, around):
    assert refused(book((Kind.HOST, "203.0.113.5")), around.format(host))


@pytest.mark.parametrize(
    "link",
    ["http://203.0.113.50", "http://203.0.113.256", "http://03405803789", "x/203.0.113.5.html"],
)
def test_other_numbers_are_other_websites(link):
    assert not refused(book((Kind.HOST, "203.0.113.5")), link)


@pytest.mark.parametrize(
    ("value", "kept"), [("http://0x7f.1/", "127.0.0.1"), ("1.2.3.4", "1.2.3.4")]
)
def test_a_rule_about_a_number_is_kept_in_its_usual_form(value, kept):
    assert canonical(Kind.HOST, value) == kept


def test_a_mere_number_is_no_website():
    with pytest.raises(UnusableValue):
        canonical(Kind.HOST, "3405803781")


@pytest.mark.parametrize(
    "link",
    [
        "https://www.instagram.com/some.body/p/Cx1AbCdEfGh/",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s",
        "https://www.tiktok.com/@bad.example/video/7301234567890123456",
        "https://shop.example/?utm_source=bad.example&utm_medium=social",
        "https://example.com/download/setup.bad.example.zip",
        "https://example.com/v1.2/3405803781",
        "joe@example.com",
        "some_body",
    ],
)
def test_usual_links_pass_the_rules_about_websites(link):
    assert not refused(book((Kind.HOST, "bad.example"), (Kind.HOST, "203.0.113.5")), link)


@pytest.mark.parametrize("name", READY_LISTS)
def test_the_values_of_a_ready_list_are_rules_as_they_stand(name):
    ready = READY_LISTS[name]

    assert ready.values == tuple(sorted({canonical(ready.kind, value) for value in ready.values}))


def test_a_short_link_is_refused_by_the_ready_list():
    ready = READY_LISTS["shorteners"]
    rules = book(*((ready.kind, value) for value in ready.values))

    assert refused(rules, "https://bit.ly/3xYzAbC")
    assert refused(rules, "http://www.tinyurl.com/abc")
    assert not refused(rules, "https://youtu.be/dQw4w9WgXcQ")


LABELS = st.text("abcdefgh0123456789-", min_size=1, max_size=8)


@given(st.lists(LABELS, min_size=2, max_size=4), st.integers(0, 6), st.sampled_from("=/#?&,;( "))
def test_whatever_stands_behind_a_sign_is_seen_however_often_it_is_coded(labels, times, sign):
    host = ".".join(labels)
    link = f"https://go.example/x{coded(sign + host, times=times)}"

    assert host in read_address(link).hosts
