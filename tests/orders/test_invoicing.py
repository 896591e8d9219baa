"""What was paid in becomes invoices, numbered without a gap, with the tax of the customer."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from orders import invoicing, payments
from orders.invoicing import Billing, split
from orders.models import (
    Customer,
    Invoice,
    InvoiceSeries,
    LedgerEntry,
    Payment,
    Seller,
    TaxRate,
)
from orders.money import MONEY_STEP
from orders.proving import prove
from tests import make
from tests.orders import paying
from tests.orders.damages import past_the_guards
from tests.orders.races import together, while_it_waits

pytestmark = pytest.mark.django_db
with_real_transactions = pytest.mark.django_db(transaction=True)

LATER = make.NOW + timedelta(days=1)


@pytest.fixture
def seller():
    return invoicing.edit_seller(
        name="Weir Ltd.",
        address="1 River Lane",
        tax_number="GB1",
        email="us@example.com",
        note="Thank you",
        invoices_from=make.NOW - timedelta(days=30),
    )


def write(now: datetime = make.NOW) -> int:
    return invoicing.write_due(now=now)


def papers_of(customer: Customer) -> list[Invoice]:
    return list(Invoice.objects.filter(customer=customer).order_by("id"))


def take_back(customer: Customer, amount: str) -> None:
    """As after a chargeback: what of the payment is taken back by now."""
    with past_the_guards():
        Payment.objects.filter(customer=customer).update(taken_back=Decimal(amount))


def with_fee(customer: Customer, fee: str) -> None:
    with past_the_guards():
        Payment.objects.filter(customer=customer).update(fee=Decimal(fee))


def tax(country: str = "", percent: str = "20", *, for_business: bool = False, note: str = ""):
    return TaxRate.objects.create(
        country=country, percent=Decimal(percent), name="VAT", for_business=for_business, note=note
    )


def test_a_settled_payment_gets_one_invoice_with_all_that_it_needs(seller):
    customer = make.customer(balance="100")

    assert (write(), write()) == (1, 0)

    (paper,) = papers_of(customer)
    assert paper.label == "INV-2026-000001"
    assert (paper.gross, paper.net, paper.tax) == (100, 100, 0)
    assert (paper.seller["name"], paper.buyer["name"]) == ("Weir Ltd.", customer.name)
    assert paper.paid["amount"] == "100"
    assert paper.issued_at == make.NOW


def test_without_the_operators_details_nothing_is_written_and_it_is_told():
    make.customer(balance="100")

    assert write() == 0
    told = invoicing.unwritten(now=make.NOW)
    assert (told.rows, told.has_seller) == (1, False)


def test_payments_from_before_the_first_day_of_invoices_get_none(seller):
    invoicing.edit_seller(invoices_from=LATER)
    make.customer(balance="100")

    assert (write(), invoicing.unwritten(now=make.NOW).rows) == (0, 0)


def test_what_has_not_arrived_gets_no_invoice(seller):
    customer = make.customer(balance="0")
    payments.open_payment(
        customer, gateway="test", reference="x", amount=Decimal(5), currency="USD"
    )

    assert write() == 0


def test_numbers_follow_one_another_and_begin_anew_each_year(seller):
    for _ in range(2):
        make.customer(balance="5")
    write()
    make.customer(balance="5")
    write(datetime(2027, 1, 1, 0, 0, tzinfo=UTC))

    labels = [paper.label for paper in Invoice.objects.order_by("id")]

    assert labels == ["INV-2026-000001", "INV-2026-000002", "INV-2027-000001"]


def test_later_changes_of_the_details_leave_written_papers_as_they_are(seller):
    customer = make.customer(balance="100")
    write()

    invoicing.edit_seller(name="Another Ltd.")
    invoicing.edit_billing(customer.pk, Billing("Ann", "Ann & Co", "Street 1", "X1", "DE"))

    (paper,) = papers_of(customer)
    assert (paper.seller["name"], paper.buyer["company"]) == ("Weir Ltd.", "")


def test_the_paper_is_made_out_to_what_the_customer_wrote(seller):
    customer = make.customer(balance="100")
    invoicing.edit_billing(customer.pk, Billing("Ann", "Ann & Co", "Street 1", "X1", "DE"))

    write()

    assert papers_of(customer)[0].buyer == {
        "name": "Ann",
        "company": "Ann & Co",
        "address": "Street 1",
        "country": "DE",
        "tax_number": "X1",
    }


@pytest.mark.parametrize(
    ("country", "tax_number", "percent"),
    [
        ("DE", "", "19"),
        ("DE", "DE1", "0"),
        ("FR", "", "20"),
        ("FR", "FR1", "20"),
        ("US", "", "5"),
        ("", "", "5"),
    ],
)
def test_the_tax_is_that_of_the_country_and_of_businesses_where_there_is_one(
    seller, country, tax_number, percent
):
    tax("DE", "19")
    tax("DE", "0", for_business=True, note="Reverse charge")
    tax("FR", "20")
    tax("", "5")
    customer = make.customer(balance="100")
    invoicing.edit_billing(customer.pk, Billing("", "", "", tax_number, country))

    write()

    (paper,) = papers_of(customer)
    assert paper.tax_percent == Decimal(percent)
    assert paper.tax_note == ("Reverse charge" if percent == "0" else "")


def test_a_fee_that_was_paid_on_top_stands_on_the_invoice(seller):
    customer = make.customer(balance="100")
    with_fee(customer, "3.50")

    write()

    (paper,) = papers_of(customer)
    assert (paper.covers, paper.gross) == (100, Decimal("103.5"))


def test_what_is_taken_back_gets_a_credit_note_of_its_own_number(seller):
    tax()
    customer = make.customer(balance="100")
    write()
    take_back(customer, "30")

    assert (write(LATER), write(LATER)) == (1, 0)

    note = papers_of(customer)[1]
    assert note.label == "CN-2026-000001"
    assert (note.gross, note.net, note.tax) == (-30, -25, -5)


def test_the_papers_of_a_payment_that_was_taken_back_whole_sum_up_to_nothing(seller):
    tax(percent="19")
    customer = make.customer(balance="99.99")
    with_fee(customer, "0.37")
    for taken in ("0", "10.01", "33.34", "99.99"):
        take_back(customer, taken)
        write()

    papers = papers_of(customer)

    assert len(papers) == 4
    for column in ("covers", "gross", "net", "tax"):
        assert sum(getattr(paper, column) for paper in papers) == 0
    assert all(paper.net + paper.tax == paper.gross for paper in papers)


def test_a_dispute_that_was_won_gets_an_invoice_again(seller):
    customer = make.customer(balance="100")
    write()
    take_back(customer, "100")
    write()
    take_back(customer, "0")

    write()

    kinds = [(paper.label, paper.gross) for paper in papers_of(customer)]
    assert kinds == [
        ("INV-2026-000001", 100),
        ("CN-2026-000001", -100),
        ("INV-2026-000002", 100),
    ]


def test_a_payment_taken_back_before_it_had_a_paper_needs_none(seller):
    customer = make.customer(balance="100")
    take_back(customer, "100")

    assert write() == 0


def test_later_papers_keep_the_tax_of_the_first(seller):
    rate = tax(percent="20")
    customer = make.customer(balance="100")
    write()
    invoicing.set_tax_rate("", for_business=False, name="VAT", percent=Decimal(7), note="")
    take_back(customer, "60")
    write()

    assert rate.percent == 20
    assert [paper.tax_percent for paper in papers_of(customer)] == [20, 20]


def test_one_run_writes_so_many_and_the_next_goes_on_with_the_oldest(seller):
    first, second = make.customer(balance="1"), make.customer(balance="2")

    assert invoicing.write_due(now=make.NOW, limit=1) == 1
    assert (len(papers_of(first)), len(papers_of(second))) == (1, 0)
    assert write() == 1


@with_real_transactions
def test_many_writers_at_once_write_each_paper_once_without_a_gap(seller):
    for _ in range(5):
        make.customer(balance="5")

    together([write] * 8)

    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4, 5]
    assert InvoiceSeries.objects.get().last_number == 5


def test_a_paper_that_is_rolled_back_leaves_no_gap(seller):
    make.customer(balance="5")

    def write_and_fail():
        with transaction.atomic():
            write()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    write()

    assert [paper.number for paper in Invoice.objects.all()] == [1]


@with_real_transactions
def test_a_credit_that_is_taken_back_meanwhile_is_never_on_an_invoice(seller):
    customer = make.customer(balance="100")

    with while_it_waits(write) as writing:
        Payment.objects.select_for_update().get(customer=customer)
        take_back(customer, "40")

    assert writing.result() == 1
    assert [paper.covers for paper in papers_of(customer)] == [60]


def test_there_are_only_so_many_rates(monkeypatch):
    monkeypatch.setattr(invoicing.details, "RATES_MAX", 1)
    tax("DE")

    with pytest.raises(invoicing.TaxRefused):
        invoicing.set_tax_rate("FR", for_business=False, name="TVA", percent=Decimal(20), note="")


@pytest.mark.parametrize(
    ("gross", "percent", "currency", "net"),
    [
        ("119", "19", "EUR", "100"),
        ("100", "20", "USD", "83.33"),
        ("1000", "8", "JPY", "926"),
        ("10", "7.7", "KWD", "9.285"),
        ("10", "0", "USD", "10"),
        ("0.003", "20", "USD", "0"),
    ],
)
def test_prices_include_the_tax_and_net_is_what_can_be_paid(gross, percent, currency, net):
    assert split(Decimal(gross), Decimal(percent), currency)[0] == Decimal(net)


@given(
    gross=st.decimals("0.00000001", "1000000000", places=8),
    percent=st.decimals("0", "99.999", places=3),
    currency=st.sampled_from(["USD", "JPY", "KWD", "BTC"]),
)
def test_net_and_tax_always_make_the_whole(gross, percent, currency):
    net, part = split(gross, percent, currency)

    assert net + part == gross
    assert 0 <= net <= gross


def test_between_two_sweeps_only_what_was_booked_lately_is_looked_at(seller):
    write()
    old = make.customer(balance="5")
    with past_the_guards():
        long_ago = make.NOW - timedelta(days=2)
        LedgerEntry.objects.filter(customer=old).update(created_at=long_ago)
    moved = make.customer(balance="6")
    now = timezone.now()
    Seller.objects.update(swept_at=now)

    assert invoicing.unwritten(now=now).rows == 1
    assert (write(now), len(papers_of(moved))) == (1, 1)
    assert write(now + invoicing.writing.SWEEP_EVERY) == 1
    assert len(papers_of(old)) == 1


def test_other_details_let_all_payments_be_looked_at_again(seller):
    write()
    assert Seller.objects.get().swept_at == make.NOW

    invoicing.edit_seller(invoices_from=make.NOW - timedelta(days=400))

    assert Seller.objects.get().swept_at is None


def test_papers_follow_a_payment_through_refunds_and_disputes_of_its_gateway(seller):
    tax(percent="20")
    way = paying.method(fee_percent=Decimal(3), fee_borne_by="customer")
    payment = paying.paid(method=way, amount="100")
    write()
    for changes in ({"refunded": payment.pay_amount / 4}, {"disputed": True}, {}):
        paying.say(payment, **changes)
        write()

    payment.refresh_from_db()
    papers = list(Invoice.objects.filter(payment=payment).order_by("step"))
    kept = payment.amount - payment.taken_back
    assert payment.fee == 3
    assert papers[0].gross == 103
    assert {paper.kind for paper in papers} == {"invoice", "credit_note"}
    assert sum(paper.covers for paper in papers) == kept
    assert sum(paper.gross for paper in papers) == kept * Decimal("1.03")
    assert prove().is_sound


def test_a_payment_with_papers_is_followed_although_invoices_begin_later_now(seller):
    payment = paying.paid()
    write()
    invoicing.edit_seller(invoices_from=LATER)
    paying.say(payment, refunded=payment.pay_amount)

    assert write() == 1
    assert sum(paper.covers for paper in Invoice.objects.filter(payment=payment)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_papers_are_level_with_their_payment_after_every_step_of_a_walk(seller, seed):
    """Whatever is taken back and given back, down to parts that nobody could pay."""
    walk = random.Random(seed)
    tax(percent=str(walk.choice([0, 7, 19, 99.999])))
    amount = Decimal(walk.randint(1, 10**7)).scaleb(-walk.choice([0, 2, 8]))
    customer = make.customer(balance=str(amount))
    with_fee(customer, walk.choice(["0", "0.37", "12.34567891"]))
    for _ in range(12):
        share = walk.choice([Decimal(0), Decimal(1), Decimal(walk.random())])
        taken = min((amount * share).quantize(MONEY_STEP), amount)
        take_back(customer, str(taken))
        write()

        papers, payment = papers_of(customer), Payment.objects.get(customer=customer)
        assert sum(paper.covers for paper in papers) == amount - taken
        total = sum(paper.gross for paper in papers)
        assert amount - taken <= total <= amount + payment.fee
        assert all(paper.net + paper.tax == paper.gross for paper in papers)
        if taken == amount:
            assert sum(paper.net for paper in papers) == total == 0
