"""Staff look after what comes in: find it, decide about it, pay it back, with reasons."""

import csv
import io
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from orders import payments
from orders.currencies import minor_step
from orders.models import BonusRule, Customer, Payment, PaymentDoubt, PaymentRefund
from panel.backoffice.approvals.payments import received_for, worth
from panel.models import AuditEntry, FundsRequest, Storefront
from panel.models.demo import DemoPayment
from panel.paying import receipts
from panel.paying.refunding import ask_about_unfinished
from panel.paying.synchronising import synchronise
from tests import make
from tests.orders.races import while_it_waits
from tests.panel.paying import files, pay
from tests.panel.paying.conftest import opened_stripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_a_trial(settings):
    settings.DEMO_PAYMENTS = True


@pytest.fixture
def ann():
    return make.customer(balance="0")


@pytest.fixture
def waiting(ann):
    """Ann says that she transferred 25."""
    payment = pay.begun(ann, pay.by_hand())
    payments.claim_paid(payment.pk, customer_id=ann.pk)
    return payment


def settled(customer, amount="25"):
    """Paid at the demo gateway."""
    payment = pay.begun(customer, pay.method(), amount)
    DemoPayment.objects.filter(token=payment.token).update(state="paid", paid=payment.pay_amount)
    synchronise(payment.pk)
    payment.refresh_from_db()
    assert payment.status == "settled"
    return payment


def balance(customer):
    return Customer.objects.get(pk=customer.pk).balance


def do(client, name, payment, **form):
    """As the page's form sends it, with a token of its own."""
    tokens = {"confirm": "token", "credit": "credit-token", "refund": "refund-token"}
    if name in tokens:
        form = {tokens[name]: uuid.uuid4()} | form
    return client.post(reverse(f"staff_{name}_payment", args=[payment.pk]), form, follow=True)


def test_e8_a_payment_by_hand_is_confirmed_once(as_owner, as_finance, waiting, ann):
    do(as_owner, "confirm", waiting)
    again = do(as_finance, "confirm", waiting)

    assert balance(ann) == Decimal(25)
    assert "Somebody was faster" in again.content.decode()
    (entry,) = AuditEntry.objects.filter(subject="payment")
    assert (entry.action, entry.subject_id) == ("payment.confirm", waiting.pk)
    assert (entry.old, entry.new) == ({"status": "waiting"}, {"status": "settled"})


def test_a_payment_is_turned_down_with_a_reason_that_the_customer_reads(as_owner, waiting, ann):
    without = do(as_owner, "reject", waiting, **{"reject-reason": ""})
    assert without.context["reject_form"].errors
    assert Payment.objects.get().status == "waiting"

    do(as_owner, "reject", waiting, **{"reject-reason": "No such transfer."})

    payment = Payment.objects.get()
    assert (payment.status, payment.note) == ("rejected", "No such transfer.")
    assert AuditEntry.objects.get(action="payment.reject").reason == "No such transfer."
    told = do(as_owner, "confirm", waiting).content.decode()
    assert "rejected or has expired" in told
    assert balance(ann) == 0


def test_what_arrived_is_credited_instead_of_what_was_asked(as_owner, waiting, ann):
    do(
        as_owner,
        "credit",
        waiting,
        **{"credit-received": "20", "credit-currency": "usd", "credit-reason": "5 less came."},
    )

    assert balance(ann) == Decimal(20)
    entry = AuditEntry.objects.get(action="payment.credit")
    assert (entry.new["received"], entry.reason) == ("20", "5 less came.")


def test_another_currency_is_not_credited(as_owner, waiting, ann):
    told = do(
        as_owner,
        "credit",
        waiting,
        **{"credit-received": "20", "credit-currency": "INR", "credit-reason": "x"},
    )

    assert "Only USD" in told.content.decode()
    assert balance(ann) == 0
    assert not AuditEntry.objects.filter(subject="payment").exists()


def test_money_is_paid_back_through_the_gateway_and_taken_once(as_owner, ann):
    payment, token = settled(ann), uuid.uuid4()
    form = {"refund-amount": "10", "refund-reason": "Asked for it.", "refund-token": token}

    for _ in range(2):
        do(as_owner, "refund", payment, **form)

    assert balance(ann) == Decimal(15)
    refund = PaymentRefund.objects.get()
    assert (refund.status, refund.amount) == ("done", Decimal(10))
    assert DemoPayment.objects.get(token=payment.token).refunded == Decimal(10)
    assert AuditEntry.objects.filter(action="payment.refund").count() == 1


@pytest.mark.django_db(transaction=True)
def test_e8_two_who_send_the_same_form_at_once_pay_back_once(as_owner, as_finance, ann):
    payment = settled(ann)
    form = {
        "refund-amount": "10",
        "refund-reason": "Asked for it.",
        "refund-token": uuid.uuid4(),
    }

    with while_it_waits(lambda: do(as_finance, "refund", payment, **form)) as other:
        do(as_owner, "refund", payment, **form)

    told = other.result()
    assert told.status_code == 200
    assert "it was not booked again" in told.content.decode()
    assert balance(ann) == Decimal(15)
    assert PaymentRefund.objects.get().status == "done"
    assert DemoPayment.objects.get(token=payment.token).refunded == Decimal(10)
    assert AuditEntry.objects.filter(action="payment.refund").count() == 1


def test_what_was_spent_cannot_be_paid_back(as_owner, ann):
    payment = settled(ann)
    make.placed(customer=ann, service=make.service(rate="20"), quantity=1000)

    told = do(
        as_owner,
        "refund",
        payment,
        **{"refund-amount": "10", "refund-reason": "x", "refund-token": uuid.uuid4()},
    )

    assert told.context["refund_form"].errors["amount"]
    assert balance(ann) == Decimal(5)
    assert not PaymentRefund.objects.exists()
    assert not AuditEntry.objects.filter(subject="payment").exists()


def test_a_gateway_that_refuses_to_pay_back_gives_the_money_back_to_the_balance(as_owner, ann):
    payment = settled(ann)
    DemoPayment.objects.filter(token=payment.token).update(paid=None)

    told = do(
        as_owner,
        "refund",
        payment,
        **{"refund-amount": "10", "refund-reason": "x", "refund-token": uuid.uuid4()},
    )

    assert "The gateway refused" in told.content.decode()
    assert balance(ann) == Decimal(25)


def test_a_refund_without_an_answer_is_unknown_asked_about_and_paid_once(as_owner, ann):
    with opened_stripe() as world:
        payment = pay.begun(ann, pay.of_world(world))
        world.standin.pay(payment.reference)
        synchronise(payment.pk)
        for _ in range(9):
            world.standin.fail_next("drop_after", method="POST", path="/v1/refunds")
        form = {"refund-amount": "10", "refund-reason": "x", "refund-token": uuid.uuid4()}

        told = do(as_owner, "refund", payment, **form)

        assert "Nobody knows yet" in told.content.decode()
        assert PaymentRefund.objects.get().status == "unknown"
        assert PaymentDoubt.objects.get().reason == "refund"
        world.standin.faults.clear()
        assert ask_about_unfinished() == 1
        assert PaymentRefund.objects.get().status == "done"
        assert len(world.standin.refunds) == 1
    assert balance(ann) == Decimal(15)
    assert not PaymentDoubt.objects.filter(closed_at=None).exists()


def test_a_bonus_is_taken_back_with_a_reason(as_owner, ann):
    BonusRule.objects.create(title="Ten", percent=10)
    payment = settled(ann, "100")
    assert balance(ann) == Decimal(110)

    as_owner.post(
        reverse("staff_revoke_bonus", args=[payment.pk]), {"bonus-reason": "Not for resellers."}
    )

    assert balance(ann) == Decimal(100)
    assert AuditEntry.objects.get(action="payment.revoke_bonus").reason == "Not for resellers."


def test_the_gateway_is_asked_now(as_owner, ann):
    payment = pay.begun(ann, pay.method())
    DemoPayment.objects.update(state="paid", paid=payment.pay_amount)

    do(as_owner, "check", payment)

    assert balance(ann) == Decimal(25)


def test_the_page_tells_the_whole_story_in_its_order(as_owner, ann):
    payment = settled(ann)
    DemoPayment.objects.update(dispute="open")
    synchronise(payment.pk)

    page = as_owner.get(reverse("staff_payment", args=[payment.pk]))

    told = [step.text for step in page.context["steps"]]
    assert told[0] == "Opened by the customer"
    assert told.index("Top-up") < told.index("Chargeback")
    assert "The customer disputes the payment" in told
    assert "The customer disputes the payment" in page.content.decode()


def test_s1_a_receipt_is_handed_out_as_a_file_and_never_as_a_page(as_support, waiting):
    receipt = receipts.keep(waiting, io.BytesIO(files.PDF))

    answer = as_support.get(reverse("staff_receipt", args=[waiting.pk, receipt.pk]))

    assert answer.content == files.PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{receipt.file_name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    other = make.customer(balance="1").payments.get()
    assert as_support.get(reverse("staff_receipt", args=[other.pk, receipt.pk])).status_code == 404


@pytest.fixture
def three(ann):
    """One of each sort, with what they are found by."""
    bob = make.customer(balance="0")
    make.user(customer=bob, email="bob@example.com")
    by_hand = pay.begun(bob, pay.by_hand(title="Bank"))
    payments.claim_paid(by_hand.pk, customer_id=bob.pk)
    return {"settled": settled(ann), "open": pay.begun(ann, pay.method()), "waiting": by_hand}


def found(client, **query):
    page = client.get(reverse("staff_payments"), query)
    return {row.pk for row in page.context["pager"].rows}


def test_payments_are_found_by_status_method_customer_day_and_words(as_owner, three):
    waiting, day = three["waiting"], three["waiting"].created_at.date()
    for status, payment in three.items():
        assert found(as_owner, status=status) == {payment.pk}
    for query in (
        {"method": waiting.method_id},
        {"customer": waiting.customer_id},
        {"customer": "bob@example.com"},
        {"q": "bob@example.com"},
        {"q": waiting.memo},
        {"q": waiting.reference},
        {"q": str(waiting.token)},
        {"q": f"#{waiting.pk}"},
    ):
        assert found(as_owner, **query) == {waiting.pk}, query
    everything = {payment.pk for payment in three.values()}
    assert found(as_owner, since=day, until=day) == everything
    assert found(as_owner, until="2020-01-01") == set()
    assert found(as_owner, status="nonsense", method="x", since="x") == everything


@pytest.mark.parametrize("query", [{"since": "0001-01-01"}, {"until": "9999-12-31"}])
def test_the_first_and_the_last_day_there_is_leave_nothing_out(as_owner, three, query):
    assert found(as_owner, **query) == {payment.pk for payment in three.values()}


def test_the_list_counts_its_tabs(as_owner, three):
    tabs = as_owner.get(reverse("staff_payments")).context["tabs"]

    counted = {code: count for code, _title, count in tabs}
    assert counted == {
        "": 3, "open": 1, "waiting": 1, "settled": 1, "rejected": 0, "expired": 0, "taken": 0,
        "disputed": 0,
    }  # fmt: skip


def test_the_list_costs_the_same_for_three_and_for_many(
    as_owner, three, ann, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        as_owner.get(reverse("staff_payments"))
    for _ in range(8):
        pay.opened(make.customer(balance="0"), pay.by_hand())
    with django_assert_max_num_queries(14):
        assert len(as_owner.get(reverse("staff_payments")).context["pager"].rows) == 11


def test_s5_the_file_has_every_row_with_every_digit_and_no_formula(as_owner, three):
    Customer.objects.update(name="=1+1")

    answer = as_owner.get(reverse("staff_payments_csv"), {"status": "settled"})

    (row,) = csv.DictReader(io.StringIO(b"".join(answer).decode()))
    assert (row["Payment"], row["Amount"]) == (str(three["settled"].pk), "25")
    assert row["Name"] == "'=1+1"
    assert AuditEntry.objects.get(action="payment.export").new == {"status": "settled"}


def test_doubts_are_listed_counted_and_closed_with_what_was_found_out(as_owner, ann):
    payment = pay.begun(ann, pay.method())
    DemoPayment.objects.update(state="paid", paid=Decimal(1))
    synchronise(payment.pk)
    doubt = PaymentDoubt.objects.get()

    listed = as_owner.get(reverse("staff_doubts"), {"reason": "amount"}).content.decode()
    assert "Another amount arrived than was asked for" in listed
    assert str(payment.pk) in listed
    as_owner.post(reverse("staff_doubt", args=[doubt.pk]), {"note": ""})
    assert PaymentDoubt.objects.get().closed_at is None
    as_owner.post(reverse("staff_doubt", args=[doubt.pk]), {"note": "Sent back by the bank."})

    doubt.refresh_from_db()
    assert doubt.closed_at
    assert doubt.note == "Sent back by the bank."
    assert AuditEntry.objects.get(action="doubt.close").subject_id == payment.pk
    assert balance(ann) == 0


def test_s15_deeds_about_money_want_a_fresh_log_in(as_owner, waiting, ann, settings):
    settings.STAFF_FRESH_S = 0

    answer = as_owner.post(reverse("staff_confirm_payment", args=[waiting.pk]))

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert balance(ann) == 0


def test_a_payment_by_hand_is_confirmed_by_its_button_and_no_gateway_is_asked(as_owner, waiting):
    page = as_owner.get(reverse("staff_payment", args=[waiting.pk])).content.decode()

    assert reverse("staff_confirm_payment", args=[waiting.pk]) in page
    assert reverse("staff_check_payment", args=[waiting.pk]) not in page


def test_support_sees_payments_and_decides_nothing(as_support, waiting):
    page = as_support.get(reverse("staff_payment", args=[waiting.pk])).content.decode()

    assert "The money has arrived" not in page
    assert reverse("staff_confirm_payment", args=[waiting.pk]) not in page


@pytest.fixture
def much():
    """From 20 on, money is moved by two people."""
    Storefront.objects.update_or_create(pk=1, defaults={"second_person_above": Decimal(20)})


def confirmed_by(client):
    request = FundsRequest.objects.get(state="waiting")
    client.post(reverse("staff_approval_confirm", args=[request.pk]))
    request.refresh_from_db()
    return request.state


def test_s15_much_is_confirmed_by_two_people(as_owner, as_finance, waiting, ann, much):
    told = do(as_owner, "confirm", waiting).content.decode()

    assert "It waits for a second person." in told
    assert balance(ann) == 0
    assert confirmed_by(as_owner) == "waiting"
    assert confirmed_by(as_finance) == "booked"
    assert balance(ann) == Decimal(25)
    assert "asked_by" in AuditEntry.objects.get(action="payment.confirm").new


def test_s15_nobody_credits_themselves_much_as_what_arrived(as_owner, as_finance, ann, much):
    payment = pay.begun(ann, pay.by_hand(currency="EUR", exchange_rate="1.07"), "10")

    do(
        as_owner,
        "credit",
        payment,
        **{"credit-received": "1000000", "credit-currency": "EUR", "credit-reason": "It came."},
    )

    assert balance(ann) == 0
    assert confirmed_by(as_finance) == "booked"
    payment.refresh_from_db()
    assert payment.paid_amount == Decimal(1_000_000)
    assert balance(ann) == payment.amount > Decimal(1_000_000)


@pytest.mark.parametrize(
    ("rate", "currency"), [("1.07", "EUR"), ("0.0065", "JPY"), ("61234.56", "BTC"), ("3.25", "KWD")]
)
@pytest.mark.parametrize("units", [1, 3, 7, 999, 100_003])
def test_what_arrived_is_known_from_what_it_is_worth(ann, rate, currency, units):
    payment = pay.begun(ann, pay.by_hand(currency=currency, exchange_rate=rate), "10")
    received = units * minor_step(currency)

    assert received_for(payment, worth(payment, received, currency)) == received


def test_s15_much_is_paid_back_by_two_people_and_by_the_clock(as_owner, as_finance, ann, much):
    payment = settled(ann)
    form = {"refund-amount": "25", "refund-reason": "Asked for it."}

    do(as_owner, "refund", payment, **form)

    assert balance(ann) == Decimal(25)
    assert confirmed_by(as_finance) == "booked"
    assert balance(ann) == 0
    assert PaymentRefund.objects.get().status == "open"
    assert ask_about_unfinished() == 1
    assert PaymentRefund.objects.get().status == "done"
    assert DemoPayment.objects.get(token=payment.token).refunded == Decimal(25)
