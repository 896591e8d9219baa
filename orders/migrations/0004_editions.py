"""The price list says by itself when it changed, in the transaction that changed it.

Rows are only added and old ones deleted, never updated: two syncs at once do not wait for one
another. The set of visible ids names the state; a counter would not, because a number that was
taken first may be committed last.
"""

from django.db import migrations, models

KEPT = 100
PRUNED_AT_ONCE = 20

TRIGGERS = f"""
CREATE FUNCTION orders_begin_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_catalogueedition DEFAULT VALUES;
    DELETE FROM orders_catalogueedition WHERE id IN (
        SELECT id FROM orders_catalogueedition ORDER BY id DESC
        OFFSET {KEPT} LIMIT {PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END $$;
CREATE TRIGGER service_begins_edition AFTER INSERT OR UPDATE OR DELETE ON orders_service
    FOR EACH STATEMENT EXECUTE FUNCTION orders_begin_edition();
CREATE TRIGGER category_begins_edition AFTER INSERT OR UPDATE OR DELETE ON orders_category
    FOR EACH STATEMENT EXECUTE FUNCTION orders_begin_edition();
CREATE TRIGGER own_rate_begins_edition AFTER INSERT OR UPDATE OR DELETE ON orders_customerrate
    FOR EACH STATEMENT EXECUTE FUNCTION orders_begin_edition();
CREATE TRIGGER source_begins_edition AFTER INSERT OR UPDATE OR DELETE ON orders_source
    FOR EACH STATEMENT EXECUTE FUNCTION orders_begin_edition();
CREATE TRIGGER offer_begins_edition AFTER UPDATE OF is_gone ON providers_offer
    FOR EACH STATEMENT EXECUTE FUNCTION orders_begin_edition();
CREATE TRIGGER provider_begins_edition AFTER UPDATE OF is_active ON providers_provider
    FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)
    EXECUTE FUNCTION orders_begin_edition();
INSERT INTO orders_catalogueedition DEFAULT VALUES;
"""  # noqa: S608 two constants of this file

UNDO = """
DROP TRIGGER provider_begins_edition ON providers_provider;
DROP TRIGGER offer_begins_edition ON providers_offer;
DROP TRIGGER source_begins_edition ON orders_source;
DROP TRIGGER own_rate_begins_edition ON orders_customerrate;
DROP TRIGGER category_begins_edition ON orders_category;
DROP TRIGGER service_begins_edition ON orders_service;
DROP FUNCTION orders_begin_edition();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_following"), ("providers", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="CatalogueEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
