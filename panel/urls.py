"""Every address of the panel, on one page."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from panel.api import v2
from panel.backoffice import (
    acting,
    attention,
    audit,
    bulk,
    content,
    customers,
    importing,
    order,
    overview,
    people,
    policy,
    proof,
    providers,
    reconciling,
    reports,
)
from panel.backoffice import billing as staff_billing
from panel.backoffice import bonuses as staff_bonuses
from panel.backoffice import methods as staff_methods
from panel.backoffice import orders as staff_orders
from panel.backoffice import payments as staff_payments
from panel.backoffice import services as staff_services
from panel.backoffice import settings as staff_settings
from panel.backoffice import wishes as staff_wishes
from panel.backoffice.approvals import pages as approvals
from panel.backoffice.intake import deeds as intake_deeds
from panel.backoffice.intake import pages as intake
from panel.backoffice.loginas import doors as loginas
from panel.dashboard import (
    account,
    billing,
    exporting,
    favourites,
    funds,
    mass,
    ordering,
    orders,
    portions,
    refills,
    statement,
    wishes,
)
from panel.gateways.demo.page import demo_checkout
from panel.health import healthz
from panel.paying.webhooks import webhook
from panel.storefront import api_docs, language, pages, services

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

storefront = [
    path("", pages.home, name="home"),
    path("services/", services.services, name="services"),
    path("services/<int:service_id>/", services.service, name="service"),
    path("api/", api_docs.api_docs, name="api_docs"),
    path("questions/", pages.questions, name="questions"),
    path("news/", pages.news, name="news"),
    path("pages/<slug:slug>/", pages.page, name="page"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
    path("robots.txt", pages.robots, name="robots"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("favicon.svg", pages.favicon, name="favicon"),
    path("favicon.ico", pages.favicon),
    path("logo", pages.logo, name="logo"),
    path("language/", language.set_language, name="set_language"),
]
dashboard = [
    path("", ordering.new_order, name="new_order"),
    path("choices/", ordering.choices, name="choices"),
    path("quote/<int:service_id>/", ordering.quote, name="quote"),
    path("mass/", mass.mass, name="mass"),
    path("mass/<int:mass_id>/", mass.mass_order, name="mass_order"),
    path("mass/<int:mass_id>/order/", mass.place_mass, name="place_mass"),
    path("favourites/<int:service_id>/", favourites.favourite, name="favourite"),
    path("followed/<int:service_id>/", favourites.follow, name="follow"),
    path("orders/", orders.orders, name="orders"),
    path("orders.csv", exporting.orders_csv, name="orders_csv"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/receipt/", ordering.receipt, name="receipt"),
    path("orders/<int:order_id>/refill/", wishes.refill, name="refill"),
    path("orders/<int:order_id>/cancel/", wishes.cancel, name="cancel"),
    path("drip-feed/", portions.dripfeed, name="dripfeed"),
    path("subscriptions/", portions.subscriptions, name="subscriptions"),
    path("refills/", refills.refills, name="refills"),
    path("funds/", funds.adding.funds, name="funds"),
    path("funds/quote/", funds.adding.funds_quote, name="funds_quote"),
    path("funds/voucher/", funds.vouchers.redeem_voucher, name="redeem_voucher"),
    path("funds/demo/<uuid:demo_token>/", demo_checkout, name="demo_checkout"),
    path("funds/<uuid:token>/", funds.following.payment, name="payment"),
    path("funds/<uuid:token>/begin/", funds.following.begin_payment, name="begin_payment"),
    path("funds/<uuid:token>/check/", funds.following.check_payment, name="check_payment"),
    path("funds/<uuid:token>/withdraw/", funds.following.withdraw_payment, name="withdraw_payment"),
    path("funds/<uuid:token>/paid/", funds.files.say_paid, name="say_paid"),
    path(
        "funds/<uuid:token>/receipts/<uuid:receipt_id>/",
        funds.files.receipt_file,
        name="receipt_file",
    ),
    path("statement/", statement.statement, name="statement"),
    path("statement.csv", statement.statement_csv, name="statement_csv"),
    path("statement.pdf", statement.statement_pdf, name="statement_pdf"),
    path("invoices/", billing.invoices, name="invoices"),
    path("invoices/<int:invoice_id>/", billing.invoice, name="invoice"),
    path("invoices/<int:invoice_id>.pdf", billing.invoice_pdf, name="invoice_pdf"),
    path("updates/", account.updates, name="updates"),
    path("keys/", account.keys, name="keys"),
    path("keys/<int:key_id>/revoke/", account.revoke_key, name="revoke_key"),
    path("account/", account.account, name="account"),
    path("account/billing/", billing.billing, name="billing"),
    path("leave/", loginas.leave, name="leave_customer"),
]
backoffice = [
    path("", overview.overview, name="staff_overview"),
    path("attention/", attention.attention, name="staff_attention"),
    path("attention/<int:provider_id>/<slug:code>/", attention.brake, name="staff_brake"),
    path("orders/", staff_orders.orders, name="staff_orders"),
    path("orders.csv", staff_orders.orders_csv, name="staff_orders_csv"),
    path("bulk/", bulk.choose, name="staff_bulk_choose"),
    path("bulk/<int:work_id>/", bulk.work, name="staff_bulk_work"),
    path("bulk/<int:work_id>/start/", bulk.start, name="staff_bulk_start"),
    path("bulk/<int:work_id>/stop/", bulk.stop, name="staff_bulk_stop"),
    path("requests/", staff_wishes.listing.requests, name="staff_requests"),
    path("requests/<slug:queue>/", staff_wishes.listing.requests, name="staff_requests"),
    path(
        "requests/<slug:queue>/<int:wish_id>/<slug:deed>/",
        staff_wishes.acting.act,
        name="staff_act_on_request",
    ),
    path("orders/<int:order_id>/", order.order, name="staff_order"),
    path("orders/<int:order_id>/alike/", order.alike, name="staff_alike"),
    path("orders/<int:order_id>/<slug:code>/", acting.act, name="staff_act"),
    path("audit/", audit.audit, name="staff_audit"),
    path("reports/", reports.pages.reports, name="staff_reports"),
    path("reports.csv", reports.exporting.report_csv, name="staff_report_csv"),
    path("providers/", providers.listing.providers, name="staff_providers"),
    path("providers/new/", providers.editing.new_provider, name="staff_new_provider"),
    path("providers/<int:provider_id>/", providers.listing.provider, name="staff_provider"),
    path(
        "providers/<int:provider_id>/edit/",
        providers.editing.edit_provider,
        name="staff_edit_provider",
    ),
    path("providers/<int:provider_id>/plan/", providers.editing.edit_plan, name="staff_plan"),
    path(
        "providers/<int:provider_id>/try/",
        providers.deeds.try_connection,
        name="staff_try_provider",
    ),
    path("providers/<int:provider_id>/sync/", providers.deeds.sync_now, name="staff_sync_now"),
    path("providers/<int:provider_id>/pause/", providers.deeds.pause, name="staff_pause"),
    path("providers/<int:provider_id>/resume/", providers.deeds.resume, name="staff_resume"),
    path("providers/<int:provider_id>/rate/", providers.deeds.set_rate, name="staff_exchange_rate"),
    path(
        "providers/<int:provider_id>/accept/", providers.deeds.accept_held, name="staff_accept_held"
    ),
    path("syncs/<int:sync_id>/", providers.syncs.sync, name="staff_sync"),
    path("syncs/<int:sync_id>/apply/", providers.syncs.apply_anyway, name="staff_apply_anyway"),
    path("syncs/<int:sync_id>/undo/", providers.syncs.undo, name="staff_undo_sync"),
    path("services/", staff_services.listing.services, name="staff_services"),
    path("services/bulk/", staff_services.bulk.bulk, name="staff_bulk"),
    path("services/<int:service_id>/", staff_services.editing.service, name="staff_service"),
    path("services/sources/", staff_services.sources.sources, name="staff_many_sources"),
    path("services/costs/<int:sync_id>/", staff_services.costs.costs, name="staff_costs"),
    path(
        "services/<int:service_id>/duplicate/",
        staff_services.editing.duplicate,
        name="staff_duplicate",
    ),
    path("services/<int:service_id>/switch/", staff_services.editing.switch, name="staff_switch"),
    path("services/<int:service_id>/move/", staff_services.editing.move, name="staff_move"),
    path(
        "services/<int:service_id>/sources/new/",
        staff_services.editing.add_source,
        name="staff_add_source",
    ),
    path(
        "services/<int:service_id>/sources/",
        staff_services.editing.change_source,
        name="staff_change_source",
    ),
    path("categories/", staff_services.categories.categories, name="staff_categories"),
    path(
        "categories/<int:category_id>/move/",
        staff_services.categories.move,
        name="staff_move_category",
    ),
    path(
        "categories/<int:category_id>/",
        staff_services.categories.category,
        name="staff_category",
    ),
    path("import/", importing.choosing.begin, name="staff_import"),
    path("import/<int:provider_id>/", importing.choosing.choose, name="staff_import_from"),
    path("import/<int:provider_id>/decide/", importing.deciding.decide, name="staff_import_decide"),
    path("imports/<int:import_id>/", importing.taking_back.imported, name="staff_imported"),
    path("imports/<int:import_id>/undo/", importing.taking_back.undo, name="staff_undo_import"),
    path("payments/", staff_payments.listing.payments, name="staff_payments"),
    path("payments.csv", staff_payments.listing.payments_csv, name="staff_payments_csv"),
    path("payments/<int:payment_id>/", staff_payments.detail.payment, name="staff_payment"),
    path(
        "payments/<int:payment_id>/confirm/",
        staff_payments.deeds.confirm,
        name="staff_confirm_payment",
    ),
    path(
        "payments/<int:payment_id>/reject/",
        staff_payments.deeds.reject,
        name="staff_reject_payment",
    ),
    path(
        "payments/<int:payment_id>/credit/",
        staff_payments.deeds.credit,
        name="staff_credit_payment",
    ),
    path(
        "payments/<int:payment_id>/check/", staff_payments.deeds.check, name="staff_check_payment"
    ),
    path(
        "payments/<int:payment_id>/refund/",
        staff_payments.refunding.refund,
        name="staff_refund_payment",
    ),
    path(
        "payments/<int:payment_id>/bonus/",
        staff_payments.refunding.revoke_bonus,
        name="staff_revoke_bonus",
    ),
    path(
        "payments/<int:payment_id>/receipts/<uuid:receipt_id>/",
        staff_payments.deeds.receipt,
        name="staff_receipt",
    ),
    path("doubts/", staff_payments.doubts.doubts, name="staff_doubts"),
    path("doubts/<int:doubt_id>/", staff_payments.doubts.doubt, name="staff_doubt"),
    path("methods/", staff_methods.listing.methods, name="staff_methods"),
    path("methods/new/<slug:gateway>/", staff_methods.editing.new_method, name="staff_new_method"),
    path("methods/<int:method_id>/", staff_methods.editing.edit_method, name="staff_method"),
    path(
        "methods/<int:method_id>/switch/",
        staff_methods.editing.switch_method,
        name="staff_switch_method",
    ),
    path(
        "methods/<int:method_id>/move/", staff_methods.editing.move_method, name="staff_move_method"
    ),
    path("methods/<int:method_id>/try/", staff_methods.editing.try_method, name="staff_try_method"),
    path("bonuses/", staff_bonuses.listing.bonuses, name="staff_bonuses"),
    path("bonuses/new/", staff_bonuses.rules.new_rule, name="staff_new_bonus"),
    path("bonuses/<int:bonus_id>/", staff_bonuses.rules.edit_rule, name="staff_bonus"),
    path("promos/new/", staff_bonuses.promos.new_promo, name="staff_new_promo"),
    path(
        "promos/<int:promo_id>/switch/",
        staff_bonuses.promos.switch_promo,
        name="staff_switch_promo",
    ),
    path("vouchers/new/", staff_bonuses.vouchers.new_vouchers, name="staff_new_vouchers"),
    path("vouchers/<int:batch_id>/", staff_bonuses.vouchers.batch, name="staff_vouchers"),
    path(
        "vouchers/<int:batch_id>/switch/",
        staff_bonuses.vouchers.switch_batch,
        name="staff_switch_vouchers",
    ),
    path(
        "vouchers/one/<int:voucher_id>/take-back/",
        staff_bonuses.vouchers.take_back,
        name="staff_reverse_voucher",
    ),
    path("customers/", customers.listing.customers, name="staff_customers"),
    path("customers/import/", intake.begin, name="staff_intake"),
    path("customers/import/upload/", intake.upload, name="staff_intake_upload"),
    path("customers/imports/<int:intake_id>/", intake.file, name="staff_intake_file"),
    path("customers/imports/<int:intake_id>/again/", intake.try_again, name="staff_intake_again"),
    path("customers/imports/<int:intake_id>/start/", intake_deeds.start, name="staff_intake_start"),
    path(
        "customers/imports/<int:intake_id>/back/", intake_deeds.take_back, name="staff_intake_back"
    ),
    path(
        "customers/imports/<int:intake_id>/problems.csv",
        intake.problems_csv,
        name="staff_intake_problems_csv",
    ),
    path("customers.csv", customers.exporting.customers_csv, name="staff_customers_csv"),
    path("customers/<int:customer_id>/", customers.detail.customer, name="staff_customer"),
    path("customers/<int:customer_id>/funds/", customers.funds.adjust, name="staff_funds"),
    path("customers/<int:customer_id>/terms/", customers.deeds.set_terms, name="staff_terms"),
    path("customers/<int:customer_id>/rate/", customers.deeds.set_own_rate, name="staff_own_rate"),
    path("customers/<int:customer_id>/status/", customers.deeds.set_status, name="staff_status"),
    path("customers/<int:customer_id>/log-in-as/", loginas.begin, name="staff_log_in_as"),
    path("policy/", policy.listing.rules, name="staff_policy"),
    path("policy/new/", policy.editing.new_rule, name="staff_new_rule"),
    path("policy/paste/", policy.pasting.paste, name="staff_paste_rules"),
    path("policy/try/", policy.trying.attempt, name="staff_try_policy"),
    path("policy/<int:rule_id>/", policy.editing.edit_rule, name="staff_rule"),
    path("policy/<int:rule_id>/switch/", policy.editing.switch, name="staff_switch_rule"),
    path("policy/<int:rule_id>/move/", policy.editing.move, name="staff_move_rule"),
    path("content/", content.listing.contents, name="staff_content"),
    path("content/e-mails/", content.letters.letters, name="staff_letters"),
    path(
        "content/e-mails/<slug:event>/<slug:language>/",
        content.letters.letter,
        name="staff_letter",
    ),
    path("content/<slug:kind>/", content.listing.texts, name="staff_texts"),
    path("content/<slug:kind>/new/", content.editing.new_text, name="staff_new_text"),
    path("content/<slug:kind>/preview/", content.editing.preview, name="staff_preview_text"),
    path("content/<slug:kind>/<int:text_id>/", content.editing.edit_text, name="staff_text"),
    path(
        "content/<slug:kind>/<int:text_id>/switch/",
        content.arranging.switch,
        name="staff_switch_text",
    ),
    path("content/<slug:kind>/<int:text_id>/move/", content.arranging.move, name="staff_move_text"),
    path(
        "content/<slug:kind>/<int:text_id>/remove/",
        content.arranging.remove,
        name="staff_remove_text",
    ),
    path("invoices/", staff_billing.invoices.invoices, name="staff_invoices"),
    path("invoices.csv", staff_billing.invoices.invoices_csv, name="staff_invoices_csv"),
    path("invoices/<int:invoice_id>/", staff_billing.invoices.invoice, name="staff_invoice"),
    path(
        "invoices/<int:invoice_id>.pdf",
        staff_billing.invoices.invoice_pdf,
        name="staff_invoice_pdf",
    ),
    path("selling/", staff_billing.selling.selling, name="staff_selling"),
    path("selling/seller/", staff_billing.selling.edit_seller, name="staff_seller"),
    path("selling/taxes/", staff_billing.selling.set_tax, name="staff_tax"),
    path(
        "selling/taxes/<int:rate_id>/remove/",
        staff_billing.selling.remove_tax,
        name="staff_remove_tax",
    ),
    path("approvals/", approvals.approvals, name="staff_approvals"),
    path("approvals/<int:request_id>/confirm/", approvals.confirm, name="staff_approval_confirm"),
    path(
        "approvals/<int:request_id>/turn-down/",
        approvals.turn_down,
        name="staff_approval_turn_down",
    ),
    path(
        "approvals/<int:request_id>/withdraw/",
        approvals.withdraw,
        name="staff_approval_withdraw",
    ),
    path("settings/", staff_settings.pages.edit_settings, name="staff_settings"),
    path("settings/preview/", staff_settings.pages.preview, name="staff_preview_settings"),
    path("proof/", proof.proof, name="staff_proof"),
    path("proof/now/", proof.prove_now, name="staff_prove"),
    path("proof/state/", proof.state, name="staff_proof_state"),
    path("reconciling/", reconciling.days, name="staff_reconciling"),
    path(
        "reconciling/<int:provider_id>/<slug:date>/", reconciling.day, name="staff_reconciled_day"
    ),
    path(
        "reconciling/<int:provider_id>/<slug:date>/note/",
        reconciling.note,
        name="staff_note_top_up",
    ),
    path("people/", people.people, name="staff_people"),
    path("people/new/", people.take_in, name="staff_take_in"),
    path("people/<int:user_id>/role/", people.change_role, name="staff_change_role"),
]
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("pay/<int:method_id>/webhook", webhook, name="webhook"),
    # Both are answered before any other middleware: see panel/api/shortcut.py.
    path("api/v2", v2.answer, name="api_v2"),
    path("api/v2/", v2.answer),
    path("engine-room/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("dashboard/", include(dashboard)),
    path("staff/", include(backoffice)),
    *storefront,
]
