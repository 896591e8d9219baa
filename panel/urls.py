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
    customers,
    importing,
    order,
    overview,
    people,
    providers,
)
from panel.backoffice import orders as staff_orders
from panel.backoffice import services as staff_services
from panel.backoffice.loginas import doors as loginas
from panel.dashboard import (
    account,
    exporting,
    favourites,
    mass,
    money,
    ordering,
    orders,
    portions,
    refills,
    statement,
    wishes,
)
from panel.health import healthz
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
    path("funds/", money.funds, name="funds"),
    path("funds/demo/", money.demo_payment, name="demo_payment"),
    path("statement/", statement.statement, name="statement"),
    path("statement.csv", statement.statement_csv, name="statement_csv"),
    path("statement.pdf", statement.statement_pdf, name="statement_pdf"),
    path("updates/", account.updates, name="updates"),
    path("keys/", account.keys, name="keys"),
    path("keys/<int:key_id>/revoke/", account.revoke_key, name="revoke_key"),
    path("account/", account.account, name="account"),
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
    path("bulk/<int:work_id>/step/", bulk.step, name="staff_bulk_step"),
    path("orders/<int:order_id>/", order.order, name="staff_order"),
    path("orders/<int:order_id>/alike/", order.alike, name="staff_alike"),
    path("orders/<int:order_id>/<slug:code>/", acting.act, name="staff_act"),
    path("audit/", audit.audit, name="staff_audit"),
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
    path("customers/", customers.listing.customers, name="staff_customers"),
    path("customers.csv", customers.exporting.customers_csv, name="staff_customers_csv"),
    path("customers/<int:customer_id>/", customers.detail.customer, name="staff_customer"),
    path("customers/<int:customer_id>/funds/", customers.funds.adjust, name="staff_funds"),
    path("customers/<int:customer_id>/terms/", customers.deeds.set_terms, name="staff_terms"),
    path("customers/<int:customer_id>/rate/", customers.deeds.set_own_rate, name="staff_own_rate"),
    path("customers/<int:customer_id>/status/", customers.deeds.set_status, name="staff_status"),
    path("customers/<int:customer_id>/log-in-as/", loginas.begin, name="staff_log_in_as"),
    path("people/", people.people, name="staff_people"),
    path("people/new/", people.take_in, name="staff_take_in"),
    path("people/<int:user_id>/role/", people.change_role, name="staff_change_role"),
]
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # Both are answered before any other middleware: see panel/api/shortcut.py.
    path("api/v2", v2.answer, name="api_v2"),
    path("api/v2/", v2.answer),
    path("engine-room/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("dashboard/", include(dashboard)),
    path("staff/", include(backoffice)),
    *storefront,
]
