"""A list of orders is checked, ordered once, and worked off in slices (FAILURES A15, B13)."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from orders import placing
from orders.models import Customer, MassOrder, Order, Service
from orders.placing import mass_orders
from tests import make
from tests.orders.races import together

pytestmark = pytest.mark.django_db
NOW = make.NOW
FORM = UUID("00000000-0000-4000-8000-000000000001")


def rows(service, count, *, start=0):
    numbers = range(start, start + count)
    return "\n".join(f"{service.pk} | https://example.com/{n} | 1000" for n in numbers)


def drafted(buyer, text, *, token=FORM):
    return placing.draft_mass(buyer.pk, text, token=token, now=NOW)


def started(buyer, text, *, token=FORM):
    mass = drafted(buyer, text, token=token)
    assert placing.start_mass(mass.pk, customer_id=buyer.pk, language="en", now=NOW)
    return mass


def worked_off(mass, *, now=NOW):
    while placing.place_slice(mass.pk, now=now):
        pass
    mass.refresh_from_db()
    return mass


def sourced(**columns):
    return make.service(offers=[make.offer(make.provider())], **columns)


def test_a_draft_tells_every_problem_and_the_total_and_buys_nothing():
    buyer, service = make.customer(), make.service(rate="1.2")
    text = f"{rows(service, 2)}\n999999 | x | 5\nnonsense\n{service.pk} | https://example.com/9 | 1"

    mass = drafted(buyer, text)

    assert (mass.state, mass.lines_count, mass.refused) == ("draft", 5, 3)
    assert mass.charge == Decimal("2.4")
    problems = dict(mass.lines.exclude(problem="").values_list("number", "problem"))
    assert problems[3] == "Incorrect service ID"
    assert problems[4] == "Write: service | link | quantity"
    assert "Quantity less than minimal 10" in problems[5]
    assert not Order.objects.exists()
    assert placing.place_slice(mass.pk, now=NOW) == 0


def test_the_dry_run_of_thousands_of_lines_asks_for_each_service_once(
    django_assert_max_num_queries,
):
    buyer, service, other = make.customer(), make.service(), sourced()
    text = f"{rows(service, 500)}\n{rows(other, 500)}"

    with django_assert_max_num_queries(5):
        dry = placing.quote_many(buyer.pk, placing.read_mass(text, limit=1_000), now=NOW)

    assert not any(outcome.problem for outcome in dry.outcomes)


def test_a_link_that_stands_twice_or_is_being_served_is_told_before():
    buyer, service = make.customer(), sourced()
    make.placed(customer=buyer, service=service, link="https://example.com/7")

    again = f"{service.pk}|http://www.EXAMPLE.com/0/|10"
    mass = drafted(buyer, f"{rows(service, 1)}\n{again}\n{rows(service, 1, start=7)}")

    assert [line.problem for line in mass.lines.all()] == [
        "",
        "The same link is in line 1.",
        "You have active order with this link. Please wait until order being completed.",
    ]


@pytest.mark.parametrize("text", ["", " \n\r\n "])
def test_an_empty_list_is_refused(text):
    with pytest.raises(placing.ListRefused, match="at least one"):
        drafted(make.customer(), text)


def test_a_list_that_is_too_long_is_refused_whole(monkeypatch):
    monkeypatch.setattr(mass_orders, "LIST_LINES_MAX", 2)

    with pytest.raises(placing.ListRefused, match="At most 2 lines"):
        drafted(make.customer(), "1|a|1\n2|b|2\n3|c|3")
    assert not MassOrder.objects.exists()


def test_the_same_form_checked_again_replaces_its_draft():
    buyer, service = make.customer(), make.service(rate="1")
    first = drafted(buyer, rows(service, 3))
    second = drafted(buyer, rows(service, 2))

    assert first.pk == second.pk
    assert (second.lines_count, second.lines.count(), second.charge) == (2, 2, Decimal(2))


def test_only_the_latest_drafts_of_a_customer_are_kept():
    buyer, service = make.customer(), make.service()
    ordered = started(buyer, rows(service, 1), token=uuid4())
    masses = [drafted(buyer, rows(service, 1), token=uuid4()) for _ in range(8)]

    kept = set(MassOrder.objects.values_list("pk", flat=True))

    assert kept == {ordered.pk, *(mass.pk for mass in masses[-mass_orders.DRAFTS_MAX :])}


def test_a_list_is_worked_off_in_slices_and_says_how_far_it_is(monkeypatch):
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = started(buyer, rows(service, 250))

    assert placing.due_masses(NOW) == [mass.pk]
    assert placing.place_slice(mass.pk, now=NOW) == 100
    mass.refresh_from_db()
    assert (mass.state, mass.placed) == ("placing", 100)

    worked_off(mass)
    assert (mass.state, mass.placed, mass.refused, mass.done_at) == ("done", 250, 0, NOW)
    assert mass.charge == Decimal(25)
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal(75)
    assert placing.due_masses(NOW) == []


def test_a15_a_line_that_is_refused_holds_up_no_other_and_says_why():
    buyer, service = make.customer(balance="2.5"), make.service(rate="1")
    mass = worked_off(started(buyer, rows(service, 4)))

    assert (mass.placed, mass.refused, mass.charge) == (2, 2, Decimal(2))
    problems = mass.lines.exclude(problem="").values_list("number", flat=True)
    assert list(problems) == [3, 4]


def test_a15_a_second_start_does_nothing():
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = worked_off(started(buyer, rows(service, 3)))

    assert not placing.start_mass(mass.pk, customer_id=buyer.pk, language="en", now=NOW)
    assert placing.place_slice(mass.pk, now=NOW) == 0
    assert Order.objects.count() == 3


def test_s1_nobody_starts_the_list_of_another_customer():
    ann, bob = make.customer(), make.customer()
    mass = drafted(ann, rows(make.service(), 1))

    assert not placing.start_mass(mass.pk, customer_id=bob.pk, language="en", now=NOW)


def test_a15_the_form_of_an_ordered_list_gives_that_list_and_takes_no_other():
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = worked_off(started(buyer, rows(service, 3)))

    assert drafted(buyer, rows(service, 3)).pk == mass.pk
    with pytest.raises(placing.ListStarted):
        drafted(buyer, rows(service, 4))
    assert Order.objects.count() == 3


def test_a6_a_line_is_not_placed_at_a_dearer_rate_than_was_shown():
    buyer, service, cheaper = make.customer(), make.service(rate="1"), make.service(rate="1")
    mass = started(buyer, f"{rows(service, 1)}\n{rows(cheaper, 1)}")
    Service.objects.filter(pk=service.pk).update(own_rate=Decimal("1.5"))
    Service.objects.filter(pk=cheaper.pk).update(own_rate=Decimal("0.5"))

    worked_off(mass)

    assert mass.lines.get(number=1).problem == "The rate is now 1.50000."
    assert mass.lines.get(number=2).charge == Decimal("0.5")


def test_b13_a_slice_that_was_lost_with_its_worker_is_bought_once(monkeypatch):
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = started(buyer, rows(service, 30))

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(mass_orders, "_record", die)
        with pytest.raises(Killed):
            placing.place_slice(mass.pk, now=NOW, limit=10)
    assert Order.objects.count() == 10
    assert placing.place_slice(mass.pk, now=NOW) == 0, "another worker has it"

    later = NOW + mass_orders.LEASE
    worked_off(mass, now=later)
    assert (mass.placed, mass.state) == (30, "done")
    assert Order.objects.count() == 30
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal(97)


@pytest.mark.django_db(transaction=True)
def test_a15_ten_workers_at_once_buy_each_line_once():
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = started(buyer, rows(service, 40))

    done = together([lambda: placing.place_slice(mass.pk, now=NOW, limit=10) for _ in range(10)])

    assert sum(done) in range(10, 50)
    worked_off(mass)
    assert (mass.placed, Order.objects.count()) == (40, 40)
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal(96)


@pytest.mark.django_db(transaction=True)
def test_a15_workers_that_hold_the_same_slice_buy_it_once(monkeypatch):
    """The lease ran out while the first one still works: the keys of the lines must hold."""
    buyer, service = make.customer(), make.service(rate="0.1")
    mass = started(buyer, rows(service, 20))
    monkeypatch.setattr(mass_orders, "_claim", lambda pk, now: MassOrder.objects.get(pk=pk))

    together([lambda: placing.place_slice(mass.pk, now=NOW) for _ in range(4)])

    mass.refresh_from_db()
    assert (mass.placed, mass.refused, mass.state) == (20, 0, "done")
    assert Order.objects.count() == 20
    assert Customer.objects.get(pk=buyer.pk).balance == Decimal(98)


@pytest.mark.django_db(transaction=True)
def test_a15_the_same_form_sent_ten_times_at_once_is_one_list():
    buyer, service = make.customer(), make.service(rate="0.1")

    lists = together([lambda: drafted(buyer, rows(service, 5)) for _ in range(10)])

    assert len({mass.pk for mass in lists}) == 1
    assert MassOrder.objects.get().lines.count() == 5


def test_the_backlog_names_the_oldest_list():
    buyer, service = make.customer(), make.service()
    assert placing.backlog(NOW).rows == 0
    started(buyer, rows(service, 1))

    backlog = placing.backlog(NOW + timedelta(minutes=1))

    assert (backlog.rows, backlog.oldest_due_at) == (1, NOW)


def test_a_nul_character_is_no_crash():
    mass = drafted(make.customer(), "1\0|a|1")

    assert mass.refused == 1


def test_a_refill_carries_the_customer_of_its_order():
    order = make.placed()
    with transaction.atomic():
        refill = order.refills.create(customer=make.customer())
    refill.refresh_from_db()

    assert refill.customer_id == order.customer_id
