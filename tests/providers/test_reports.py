"""What providers say about orders and refills."""

from decimal import Decimal

import pytest

from providers.wire import (
    Document,
    Problem,
    RefillReport,
    RefillState,
    SaysError,
    StatusReport,
    Unreadable,
    UpstreamState,
    read_refill_statuses,
    read_statuses,
)

REPORT = {
    "charge": "0.27819",
    "start_count": "3572",
    "status": "Partial",
    "remains": "157",
    "currency": "USD",
}


def one(**changes):
    (report,) = read_statuses(Document({**REPORT, **changes}), ["5"]).values()
    return report


def test_the_report_of_the_contract_is_read():
    report = one()
    assert (report.upstream_id, report.state, report.word) == (
        "5",
        UpstreamState.PARTIAL,
        "Partial",
    )
    assert (report.charge, report.currency) == (Decimal("0.27819"), "USD")
    assert (report.start_count, report.remains) == (3572, 157)
    assert report.raw == REPORT
    assert '"remains":"157"' in report.text


@pytest.mark.parametrize("remains", [-3, "-3", "", None, "12.7", "1e3", "NaN", "1,000", True, []])
def test_c7_unusable_remains_are_none_and_the_raw_text_stays(remains):
    report = one(remains=remains)
    assert report.remains is None
    assert report.raw["remains"] == remains


@pytest.mark.parametrize("count", ["Unknown", None, "", "٣", 10**30])
def test_c15_an_unusable_start_count_is_none(count):
    assert one(start_count=count).start_count is None


def test_start_counter_is_a_name_for_start_count():
    report = read_statuses(Document({"status": "Pending", "start_counter": 7}), ["5"])["5"]
    assert isinstance(report, StatusReport)
    assert report.start_count == 7


@pytest.mark.parametrize("charge", ["0,5", "abc", None, {}])
def test_c14_an_unusable_charge_is_a_missing_memo(charge):
    assert one(charge=charge).charge is None


def test_many_are_matched_by_id_alone_and_each_is_handled_for_itself():
    answer = {
        "1": REPORT,
        "2": {"error": "Incorrect order ID"},
        "3": "Incorrect order ID",
        "4": None,
        "6": {"no": "status"},
        "7": {**REPORT, "remains": "nonsense"},
        "99": REPORT,
    }
    reports = read_statuses(Document(answer), ["1", "2", "3", "4", "5", "6", "7"])
    assert list(reports) == ["1", "2", "3", "6", "7"]
    assert isinstance(reports["1"], StatusReport)
    assert reports["2"] == reports["3"] == Problem("Incorrect order ID")
    assert isinstance(reports["6"], Problem)
    assert isinstance(reports["7"], StatusReport)


def test_c13_a_list_is_matched_by_the_ids_inside_never_by_position():
    answer = [{**REPORT, "order": 2}, {**REPORT, "id": "9"}, REPORT]
    assert list(read_statuses(Document(answer), ["1", "2"])) == ["2"]


def test_c13_a_list_without_ids_says_nothing():
    with pytest.raises(Unreadable):
        read_statuses(Document([REPORT, REPORT]), ["1", "2"])


@pytest.mark.parametrize("answer", [[], {}])
def test_c11_an_empty_answer_leaves_every_id_unknown(answer):
    assert read_statuses(Document(answer), ["1", "2"]) == {}


def test_a_bare_report_does_not_answer_for_many():
    assert read_statuses(Document(REPORT), ["1", "2"]) == {}


@pytest.mark.parametrize("wrapped", ["data", "orders", "result"])
def test_wrapped_reports_are_unwrapped(wrapped):
    answer = {"status": "success", wrapped: {"1": REPORT}}
    assert list(read_statuses(Document(answer), ["1", "2"])) == ["1"]


@pytest.mark.parametrize("wrapped", ["data", "orders", "result"])
def test_a_wrapped_report_about_one_order_is_not_read_as_its_wrapping(wrapped):
    answer = {"status": "success", wrapped: {"1": {**REPORT, "status": "In progress"}}}
    report = read_statuses(Document(answer), ["1"])["1"]
    assert isinstance(report, StatusReport)
    assert report.state is UpstreamState.IN_PROGRESS


@pytest.mark.parametrize(
    "rest", [{}, {"data": "Empty Data"}, {"message": "ok"}, {"order": {"status": "In progress"}}]
)
def test_success_without_a_word_about_the_order_completes_nothing(rest):
    said = read_statuses(Document({"status": "success", **rest}), ["1"])
    assert isinstance(said["1"], Problem)


def test_success_with_figures_is_a_completed_order():
    assert one(status="Success", remains="0").state is UpstreamState.COMPLETED


def test_c13_one_error_for_all_is_the_failure_of_the_call():
    with pytest.raises(SaysError, match="Incorrect request"):
        read_statuses(Document({"error": "Incorrect request"}), ["1", "2"])


def test_c12_an_error_about_the_one_order_asked_for_is_about_that_order():
    assert read_statuses(Document({"error": "Incorrect order ID"}), ["1"]) == {
        "1": Problem("Incorrect order ID")
    }


@pytest.mark.parametrize("text", ["Invalid API key", "Too many requests"])
def test_an_error_about_the_call_is_not_about_the_one_order(text):
    with pytest.raises(SaysError):
        read_statuses(Document({"error": text}), ["1"])


@pytest.mark.parametrize("value", [None, "text", 5])
def test_another_shape_is_unreadable(value):
    with pytest.raises(Unreadable):
        read_statuses(Document(value), ["1", "2"])


def test_a_report_about_another_order_is_refused():
    assert isinstance(read_statuses(Document({**REPORT, "order": 8}), ["5"])["5"], Problem)
    assert isinstance(read_statuses(Document({**REPORT, "order": 5}), ["5"])["5"], StatusReport)


def test_error_as_a_state_needs_a_person_but_with_a_message_it_is_no_report():
    assert one(status="Error").state is UpstreamState.NEEDS_PERSON
    told = read_statuses(Document({"status": "error", "message": "Not found"}), ["5"])
    assert told == {"5": Problem("Not found")}


def test_children_runs_posts_and_expiry_are_read():
    report = one(runs="3", orders=[11, "12", None], posts="4", expiry="31/12/2026")
    assert (report.runs, report.orders, report.posts) == (3, ("11", "12"), 4)
    assert report.expiry == "31/12/2026"
    assert one(orders="11,12").orders == ("11", "12")


def test_a_strange_status_is_unknown_and_shown():
    report = one(status={"a": 1})
    assert (report.state, report.word) == (UpstreamState.UNKNOWN, '{"a":1}')


def test_refill_reports_are_read_alone_and_in_lists():
    single = read_refill_statuses(Document({"status": "Completed"}), ["7"])
    assert single == {"7": RefillReport("7", RefillState.COMPLETED, "Completed")}
    many = read_refill_statuses(
        Document(
            [
                {"refill": 1, "status": "tasks.status.completed"},
                {"refill": 3, "status": {"error": "Refill not found"}},
                {"refill": 4, "status": "Rejected"},
                {"refill": 99, "status": "Completed"},
            ]
        ),
        ["1", "2", "3", "4"],
    )
    assert many == {
        "1": RefillReport("1", RefillState.COMPLETED, "tasks.status.completed"),
        "3": Problem("Refill not found"),
        "4": RefillReport("4", RefillState.REJECTED, "Rejected"),
    }


def test_c18_an_error_inside_a_refill_status_is_a_problem():
    told = read_refill_statuses(Document({"status": {"error": "Refill not found"}}), ["3"])
    assert told == {"3": Problem("Refill not found")}
