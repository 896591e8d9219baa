"""Add funds: what is offered, quoted and opened, and where the customer is led."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.models import BonusRule, CodeTries, Customer, Payment, PromoUse
from orders.payments import promos
from panel.models.demo import DemoPayment
from tests.panel.paying import pay

pytestmark = pytest.mark.django_db


def add(client, method, amount="25", **more):
    form = {"method": method.pk, "amount": amount, "token": uuid.uuid4(), "code": ""} | more
    return client.post(reverse("funds"), form)


def quoted(client, method, amount="25", **more):
    form = {"method": method.pk, "amount": amount, "token": uuid.uuid4(), "code": ""} | more
    return client.post(reverse("funds_quote"), form)


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def test_a_customer_is_led_to_the_gateway_and_credited_when_they_have_paid(as_ann, ann):
    way = pay.method(title="Demo")

    led = add(as_ann, way, "12.34")

    payment = Payment.objects.get()
    page = as_ann.get(led["Location"]).content.decode()
    assert payment.redirect_url in page
    assert "leave.js" in page
    as_ann.post(payment.redirect_url, {"deed": "pay"})
    assert balance(ann) == Decimal("12.34")
    assert (
        "$12.34 was credited"
        in as_ann.get(reverse("payment", args=[payment.token])).content.decode()
    )


def test_e5_opening_the_page_that_the_gateway_leads_back_to_credits_nothing(as_ann, ann):
    payment = pay.begun(ann, pay.method())
    page = reverse("payment", args=[payment.token])

    for query in ("", "?success=1&amount=1000000&status=paid", "?canceled=1"):
        assert as_ann.get(page + query).status_code == 200

    assert balance(ann) == 0
    assert Payment.objects.get().status == Payment.Status.OPEN


def test_e5_the_page_asks_the_gateway_itself_and_credits_what_that_shows(as_ann, ann):
    payment = pay.begun(ann, pay.method())
    check = reverse("check_payment", args=[payment.token])
    as_ann.post(check, headers={"HX-Request": "true"})
    assert balance(ann) == 0
    Payment.objects.update(checked_at=None)
    DemoPayment.objects.update(state="paid", paid=payment.pay_amount)

    part = as_ann.post(check, headers={"HX-Request": "true"}).content.decode()

    assert balance(ann) == Decimal(25)
    assert "Your balance was topped up." in part
    assert "hx-trigger" not in part  # there is nothing more to wait for


def test_many_open_pages_ask_the_gateway_once(as_ann, ann):
    payment = pay.begun(ann, pay.method())
    check = reverse("check_payment", args=[payment.token])
    as_ann.post(check)
    asked_at = Payment.objects.get().checked_at

    as_ann.post(check)

    assert Payment.objects.get().checked_at == asked_at


def test_the_same_form_sent_twice_opens_one_payment(as_ann):
    way, token = pay.method(), uuid.uuid4()

    answers = [add(as_ann, way, token=token)["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("amount", ["-5", "0", "0.001", "NaN", "Infinity", "1e9", "٣٤,5", "", "x"])
def test_e13_an_amount_that_cannot_be_paid_is_refused_beside_its_field(as_ann, amount):
    answer = add(as_ann, pay.method(), amount)

    assert answer.status_code == 200
    assert answer.context["form"].errors["amount"]
    assert b"invalid-feedback" in answer.content
    assert not Payment.objects.exists()
    assert quoted(as_ann, pay.method(), amount).status_code == 200


def test_outside_of_a_trial_nobody_can_pay_with_the_demo(as_ann, ann, settings):
    way = pay.method()
    payment = pay.begun(ann, way)
    settings.DEMO_PAYMENTS = False

    assert add(as_ann, way).status_code == 200
    assert as_ann.post(payment.redirect_url, {"deed": "pay"}).status_code == 404
    assert b"Pay by agreement" in as_ann.get(reverse("funds")).content
    assert Payment.objects.count() == 1
    assert balance(ann) == 0


def test_a_method_is_offered_to_its_countries_and_groups_alone(as_ann, ann):
    here = pay.method(title="For Germany", countries=["DE"])
    friends = pay.method(title="For friends", groups=["friends"])
    off = pay.method(title="Switched off", is_active=False)

    before = as_ann.get(reverse("funds")).content.decode()
    Customer.objects.filter(pk=ann.pk).update(country="DE", group="friends")
    after = as_ann.get(reverse("funds")).content.decode()

    for way in (here, friends):
        assert way.title not in before
        assert way.title in after
    assert off.title not in before + after
    Customer.objects.filter(pk=ann.pk).update(country="", group="")
    for way in (here, friends, off):
        assert add(as_ann, way).context["form"].errors["method"]
    assert not Payment.objects.exists()


def test_what_is_paid_and_credited_is_shown_before_it_is_paid(as_ann):
    way = pay.method(
        currency="EUR",
        exchange_rate="1.25",
        fee_percent="2.9",
        fee_fixed="0.30",
        fee_borne_by="customer",
    )
    BonusRule.objects.create(title="Ten", percent=10, from_amount=100)

    page = quoted(as_ann, way, "100").content.decode()

    # (100 + 2.90 + 0.30) / 1.25 = 82.56
    for told in ("€82.56", "$3.20", "$100.00", "+$10.00", "$110.00"):
        assert told in page
    add(as_ann, way, "100")
    payment = Payment.objects.get()
    assert (payment.pay_amount, payment.fee) == (Decimal("82.56"), Decimal("3.2"))
    assert payment.bonus_percent == 10


def test_a_promo_code_is_shown_with_its_bonus_and_stays_while_the_amount_changes(as_ann):
    way = pay.method()
    promos.create("WELCOME", title="Welcome", percent=20)

    typed = quoted(as_ann, way, "50", code="WELCOME")
    applied = quoted(as_ann, way, "50", code="welcome", apply="1")
    mark = applied.context["promo_mark"]
    later = quoted(as_ann, way, "100", code="welcome", promo_mark=mark)
    other = quoted(as_ann, way, "100", code="other", promo_mark=mark)

    assert "+$10.00" not in typed.content.decode()
    assert "+$10.00" in applied.content.decode()
    assert "+$20.00" in later.content.decode()
    assert "+$20.00" not in other.content.decode()


def test_s12_typing_a_code_uses_up_no_tries_and_guessing_does(as_ann):
    way = pay.method()

    for letters in range(1, 8):
        quoted(as_ann, way, code="WELCOME"[:letters])
    assert not CodeTries.objects.exists()

    for number in range(12):
        told = quoted(as_ann, way, code=f"GUESS{number}", apply="1").content.decode()
    assert "Too many wrong codes" in told
    assert CodeTries.objects.get().tries == 10


def test_s12_the_mark_of_a_code_is_good_for_nobody_else(as_ann, as_bob):
    way = pay.method()
    promos.create("WELCOME", title="Welcome", percent=20)
    mark = quoted(as_ann, way, code="WELCOME", apply="1").context["promo_mark"]

    told = quoted(as_bob, way, code="WELCOME", promo_mark=mark).content.decode()

    assert "+$5.00" not in told


def test_a_promo_code_is_given_with_the_payment_it_was_entered_for(as_ann, ann):
    way = pay.method()
    promos.create("WELCOME", title="Welcome", fixed="5")

    add(as_ann, way, "25", code="welcome")

    payment = Payment.objects.get()
    as_ann.post(payment.redirect_url, {"deed": "pay"})
    assert balance(ann) == Decimal(30)
    assert PromoUse.objects.get().payment == payment


def test_a14_the_page_of_an_open_payment_says_what_it_will_give_and_the_code_which_of_two(as_ann):
    way = pay.method()
    promos.create("WELCOME", title="Welcome", fixed="5")
    BonusRule.objects.create(title="Ten", percent=10)

    def told(payment):
        promised = as_ann.get(reverse("payment", args=[payment.token])).context["promised"]
        return promised.bonus, promised.promo

    add(as_ann, way, "40", code="welcome")
    first = Payment.objects.get()
    alone = told(first)
    page = as_ann.get(reverse("payment", args=[first.token])).content.decode()
    add(as_ann, way, "40", code="welcome")
    second = Payment.objects.latest("pk")

    assert alone == (4, 5)
    assert "+$4.00" in page
    assert "+$5.00" in page
    assert (told(first), told(second)) == ((4, 0), (4, 5))


def test_a_code_that_does_not_exist_is_refused_beside_its_field(as_ann):
    answer = add(as_ann, pay.method(), code="NOTHING")

    assert answer.context["form"].errors["code"]
    assert not Payment.objects.exists()


def test_a_gateway_that_refuses_leaves_nothing_open(stripe, as_ann):
    way = pay.of_world(stripe)
    way.credentials = way.credentials.replace("sk_test_canary", "sk_test_wrong")
    way.save()

    answer = add(as_ann, way)

    assert answer.context["form"].errors["method"]
    assert Payment.objects.get().status == Payment.Status.EXPIRED


def test_a_gateway_that_does_not_answer_is_told_again_of_the_same_payment(stripe, as_ann):
    way = pay.of_world(stripe)
    for _ in range(9):
        stripe.standin.fail_next("drop_after", method="POST")

    led = add(as_ann, way)

    payment = Payment.objects.get()
    page = as_ann.get(led["Location"]).content.decode()
    assert "did not answer" in page
    stripe.standin.faults.clear()
    as_ann.post(reverse("begin_payment", args=[payment.token]))
    payment.refresh_from_db()
    assert payment.redirect_url.startswith("https://checkout.stripe.com/")
    assert len(stripe.standin.sessions) == 1


def test_s8_gateways_lead_back_to_the_address_of_the_settings_not_of_the_request(
    stripe, as_ann, settings
):
    settings.PUBLIC_URL = "https://panel.example"
    settings.ALLOWED_HOSTS = ["*"]

    as_ann.post(
        reverse("funds"),
        {"method": pay.of_world(stripe).pk, "amount": "25", "token": uuid.uuid4()},
        headers={"Host": "evil.example"},
    )

    (opening,) = [r for r in stripe.standin.requests if r.path == "/v1/checkout/sessions"]
    token = Payment.objects.get().token
    assert opening.form()["success_url"].startswith(
        f"https://panel.example/dashboard/funds/{token}"
    )
    assert "evil" not in opening.body.decode()


def test_a_frozen_customer_cannot_open_a_payment(as_ann, ann):
    Customer.objects.filter(pk=ann.pk).update(status="frozen")

    assert add(as_ann, pay.method()).context["form"].errors["amount"]
    assert not Payment.objects.exists()


def test_the_list_of_payments_costs_the_same_for_one_and_for_many(
    as_ann, ann, django_assert_max_num_queries
):
    way = pay.method()
    for _ in range(9):
        pay.begun(ann, way)

    with django_assert_max_num_queries(12):
        page = as_ann.get(reverse("funds"))

    assert len(page.context["pager"].rows) == 9


def test_who_paid_something_else_is_told_not_to_pay_again(as_ann, ann):
    payment = pay.begun(ann, pay.method())

    as_ann.post(payment.redirect_url, {"deed": "pay_less"})

    page = as_ann.get(reverse("payment", args=[payment.token])).content.decode()
    assert "Please do not pay again." in page
    assert payment.redirect_url not in page
    assert balance(ann) == 0
