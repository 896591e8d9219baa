"""S15: each page and action of the back-office, tried by each role."""

import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from panel import urls
from panel.backoffice.rights import ROLE_RIGHTS, Right
from panel.models import Role
from tests.panel.backoffice.conftest import WHO, log_in, person

pytestmark = pytest.mark.django_db

# Who gets in where.
MAY = {
    "staff_overview": {"owner", "support", "finance"},
    "staff_orders": {"owner", "support", "finance"},
    "staff_orders_csv": {"owner", "finance"},
    "staff_failures": {"owner", "support", "finance"},
    "staff_bulk_choose": {"owner", "support", "finance"},
    "staff_bulk_work": {"owner", "support", "finance"},
    "staff_bulk_start": {"owner", "support", "finance"},
    "staff_bulk_stop": {"owner", "support", "finance"},
    "staff_requests": {"owner", "support", "finance"},
    "staff_act_on_request": {"owner", "support"},
    "staff_attention": {"owner", "support", "finance"},
    "staff_brake": {"owner", "support", "finance"},
    "staff_order": {"owner", "support", "finance"},
    "staff_alike": {"owner", "support"},
    "staff_act": {"owner", "support"},
    "staff_audit": {"owner", "finance"},
    "staff_reports": {"owner", "finance"},
    "staff_report_csv": {"owner", "finance"},
    "staff_providers": {"owner", "finance"},
    "staff_provider": {"owner", "finance"},
    "staff_sync": {"owner", "finance"},
    "staff_new_provider": {"owner"},
    "staff_edit_provider": {"owner"},
    "staff_plan": {"owner"},
    "staff_try_provider": {"owner"},
    "staff_sync_now": {"owner"},
    "staff_pause": {"owner"},
    "staff_resume": {"owner"},
    "staff_exchange_rate": {"owner"},
    "staff_accept_held": {"owner"},
    "staff_apply_anyway": {"owner"},
    "staff_undo_sync": {"owner"},
    "staff_services": {"owner", "finance"},
    "staff_service": {"owner", "finance"},
    "staff_switch": {"owner"},
    "staff_move": {"owner"},
    "staff_add_source": {"owner"},
    "staff_change_source": {"owner"},
    "staff_bulk": {"owner"},
    "staff_category": {"owner"},
    "staff_new_category": {"owner"},
    "staff_categories": {"owner"},
    "staff_move_category": {"owner"},
    "staff_duplicate": {"owner"},
    "staff_costs": {"owner", "finance"},
    "staff_price_news": {"owner", "finance"},
    "staff_many_sources": {"owner"},
    "staff_import": {"owner"},
    "staff_import_from": {"owner"},
    "staff_import_decide": {"owner"},
    "staff_imported": {"owner"},
    "staff_undo_import": {"owner"},
    "staff_customers": {"owner", "support", "finance"},
    "staff_customers_csv": {"owner", "finance"},
    "staff_customer": {"owner", "support", "finance"},
    "staff_funds": {"owner", "finance"},
    "staff_terms": {"owner", "finance"},
    "staff_own_rate": {"owner", "finance"},
    "staff_status": {"owner", "support"},
    "staff_log_in_as": {"owner", "support"},
    "staff_policy": {"owner", "support"},
    "staff_new_rule": {"owner", "support"},
    "staff_paste_rules": {"owner", "support"},
    "staff_try_policy": {"owner", "support"},
    "staff_rule": {"owner", "support"},
    "staff_switch_rule": {"owner", "support"},
    "staff_move_rule": {"owner", "support"},
    "staff_content": {"owner", "support"},
    "staff_letters": {"owner", "support"},
    "staff_letter": {"owner", "support"},
    "staff_texts": {"owner", "support"},
    "staff_new_text": {"owner", "support"},
    "staff_preview_text": {"owner", "support"},
    "staff_text": {"owner", "support"},
    "staff_switch_text": {"owner", "support"},
    "staff_move_text": {"owner", "support"},
    "staff_remove_text": {"owner", "support"},
    "staff_invoices": {"owner", "support", "finance"},
    "staff_invoices_csv": {"owner", "finance"},
    "staff_invoice": {"owner", "support", "finance"},
    "staff_invoice_pdf": {"owner", "support", "finance"},
    "staff_selling": {"owner", "finance"},
    "staff_seller": {"owner", "finance"},
    "staff_tax": {"owner", "finance"},
    "staff_remove_tax": {"owner", "finance"},
    "staff_intake": {"owner", "finance"},
    "staff_intake_upload": {"owner", "finance"},
    "staff_intake_file": {"owner", "finance"},
    "staff_intake_again": {"owner", "finance"},
    "staff_intake_start": {"owner", "finance"},
    "staff_intake_back": {"owner", "finance"},
    "staff_intake_problems_csv": {"owner", "finance"},
    "staff_approvals": {"owner", "finance"},
    "staff_approval_confirm": {"owner", "finance"},
    "staff_approval_turn_down": {"owner", "finance"},
    "staff_approval_withdraw": {"owner", "finance"},
    "staff_settings": {"owner"},
    "staff_preview_settings": {"owner"},
    "staff_payments": {"owner", "support", "finance"},
    "staff_payments_csv": {"owner", "finance"},
    "staff_payment": {"owner", "support", "finance"},
    "staff_receipt": {"owner", "support", "finance"},
    "staff_confirm_payment": {"owner", "finance"},
    "staff_reject_payment": {"owner", "finance"},
    "staff_credit_payment": {"owner", "finance"},
    "staff_check_payment": {"owner", "finance"},
    "staff_refund_payment": {"owner", "finance"},
    "staff_revoke_bonus": {"owner", "finance"},
    "staff_doubts": {"owner", "support", "finance"},
    "staff_doubt": {"owner", "finance"},
    "staff_methods": {"owner", "finance"},
    "staff_new_method": {"owner", "finance"},
    "staff_method": {"owner", "finance"},
    "staff_switch_method": {"owner", "finance"},
    "staff_move_method": {"owner", "finance"},
    "staff_try_method": {"owner", "finance"},
    "staff_bonuses": {"owner", "finance"},
    "staff_new_bonus": {"owner", "finance"},
    "staff_bonus": {"owner", "finance"},
    "staff_new_promo": {"owner", "finance"},
    "staff_switch_promo": {"owner", "finance"},
    "staff_new_vouchers": {"owner", "finance"},
    "staff_vouchers": {"owner", "finance"},
    "staff_switch_vouchers": {"owner", "finance"},
    "staff_voucher_codes": {"owner", "finance"},
    "staff_reverse_voucher": {"owner", "finance"},
    "staff_proof": {"owner", "finance"},
    "staff_prove": {"owner", "finance"},
    "staff_proof_state": {"owner", "finance"},
    "staff_reconciling": {"owner", "finance"},
    "staff_reconciled_day": {"owner", "finance"},
    "staff_note_top_up": {"owner", "finance"},
    "staff_people": {"owner"},
    "staff_take_in": {"owner"},
    "staff_change_role": {"owner"},
}
KNOWN = {
    "user_id": 10**9,
    "provider_id": 10**9,
    "sync_id": 10**9,
    "service_id": 10**9,
    "category_id": 10**9,
    "customer_id": 10**9,
    "import_id": 10**9,
    "order_id": 10**9,
    "rule_id": 10**9,
    "text_id": 10**9,
    "kind": "pages",
    "event": "completed",
    "language": "en",
    "request_id": 10**9,
    "intake_id": 10**9,
    "work_id": 10**9,
    "date": "2026-03-01",
    "wish_id": 10**9,
    "queue": "refill",
    "deed": "send",
    "invoice_id": 10**9,
    "rate_id": 10**9,
    "code": "hold",
    "payment_id": 10**9,
    "receipt_id": uuid.UUID(int=0),
    "doubt_id": 10**9,
    "method_id": 10**9,
    "gateway": "stripe",
    "bonus_id": 10**9,
    "promo_id": 10**9,
    "batch_id": 10**9,
    "voucher_id": 10**9,
}
PATTERNS = [pattern for pattern in urls.backoffice if pattern.name in MAY]


def address(pattern):
    wanted = pattern.pattern.converters
    return reverse(pattern.name, kwargs={name: KNOWN[name] for name in wanted})


@pytest.mark.parametrize("pattern", urls.backoffice, ids=lambda pattern: pattern.name)
def test_s15_every_address_asks_for_a_right(pattern):
    assert pattern.callback.right in Right


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_s15_a_page_opens_for_the_roles_that_may_and_for_nobody_else(who, pattern):
    client = log_in(person(who))

    answers = {client.get(address(pattern)).status_code, client.post(address(pattern)).status_code}

    if who in MAY[pattern.name]:
        assert 403 not in answers
    else:
        assert answers <= {403, 405}
        assert 403 in answers


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_s15_a_visitor_is_sent_to_the_log_in(pattern):
    answers = [Client().get(address(pattern)), Client().post(address(pattern))]

    assert all(a.status_code == 405 or a["Location"].startswith("/account/login/") for a in answers)


def test_s15_somebody_who_was_switched_off_has_no_rights():
    user = person("owner")
    client = log_in(user)
    user.is_staff = False
    user.save()

    assert client.get(reverse("staff_audit")).status_code == 403


def test_s15_staff_without_a_second_factor_are_led_to_set_one_up(settings):
    settings.STAFF_TWO_FACTOR = True
    user = person("owner")
    client = log_in(user)

    before = client.get(reverse("staff_audit"))
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})

    assert before["Location"] == reverse("mfa_index")
    assert client.get(reverse("staff_audit")).status_code == 200


def test_s15_recovery_codes_alone_are_no_second_factor(settings):
    settings.STAFF_TWO_FACTOR = True
    user = person("owner")
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert log_in(user).get(reverse("staff_audit")).status_code == 302


def test_s15_rights_are_changed_only_by_someone_who_logged_in_lately(settings):
    settings.STAFF_FRESH_S = 0
    other = person("support")

    answer = log_in(person("owner")).post(
        reverse("staff_change_role", args=[other.pk]), {"role": "owner"}
    )

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    other.refresh_from_db()
    assert other.role == "support"


def test_s15_only_the_owner_holds_every_right():
    assert ROLE_RIGHTS[Role.OWNER] == set(Right)
    assert Right.STAFF not in ROLE_RIGHTS[Role.SUPPORT] | ROLE_RIGHTS[Role.FINANCE]
