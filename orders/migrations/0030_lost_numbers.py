"""Numbers of papers that a restored copy does not have: written down as lost, never given again.

A line of lost numbers counts its year on under the same lock as a paper does. A paper may follow
a lost number as well as a paper: the foreign key of migration 0020 becomes a trigger of that name.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION orders_lost_numbers_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_invoiceseries (kind, year, last_number) VALUES (NEW.kind, NEW.year, 0)
        ON CONFLICT ON CONSTRAINT invoice_series_once DO NOTHING;
    SELECT last_number + 1 INTO NEW.first FROM orders_invoiceseries
     WHERE kind = NEW.kind AND year = NEW.year FOR UPDATE;
    IF NEW.last < NEW.first THEN
        RAISE check_violation USING CONSTRAINT = 'lost_numbers_are_new',
            MESSAGE = 'These numbers were given to papers that are here.';
    END IF;
    UPDATE orders_invoiceseries SET last_number = NEW.last
     WHERE kind = NEW.kind AND year = NEW.year;
    RETURN NEW;
END $$;
CREATE TRIGGER lost_numbers_count BEFORE INSERT ON orders_lostnumbers
    FOR EACH ROW EXECUTE FUNCTION orders_lost_numbers_count();

CREATE FUNCTION orders_number_is_given(of_kind text, of_year integer, given integer)
    RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN given = 0
        OR EXISTS (SELECT FROM orders_invoice
                    WHERE kind = of_kind AND year = of_year AND number = given)
        OR EXISTS (SELECT FROM orders_lostnumbers
                    WHERE kind = of_kind AND year = of_year AND given BETWEEN first AND last);
END $$;

CREATE FUNCTION orders_invoice_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT orders_number_is_given(NEW.kind, NEW.year, NEW.number - 1)
       OR EXISTS (SELECT FROM orders_lostnumbers
                   WHERE kind = NEW.kind AND year = NEW.year
                     AND NEW.number BETWEEN first AND last) THEN
        RAISE check_violation USING CONSTRAINT = 'invoice_continues_previous',
            MESSAGE = 'The number of a paper follows the one before it.';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE orders_invoice DROP CONSTRAINT invoice_continues_previous;
CREATE TRIGGER invoice_continues_previous AFTER INSERT ON orders_invoice
    FOR EACH ROW EXECUTE FUNCTION orders_invoice_follows();

CREATE FUNCTION orders_lost_numbers_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT orders_number_is_given(NEW.kind, NEW.year, NEW.first - 1)
       OR EXISTS (SELECT FROM orders_invoice
                   WHERE kind = NEW.kind AND year = NEW.year
                     AND number BETWEEN NEW.first AND NEW.last)
       OR EXISTS (SELECT FROM orders_lostnumbers
                   WHERE kind = NEW.kind AND year = NEW.year AND id <> NEW.id
                     AND first <= NEW.last AND last >= NEW.first) THEN
        RAISE check_violation USING CONSTRAINT = 'lost_numbers_continue_previous',
            MESSAGE = 'Lost numbers follow the one before them.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lost_numbers_continue_previous AFTER INSERT ON orders_lostnumbers
    FOR EACH ROW EXECUTE FUNCTION orders_lost_numbers_follow();

CREATE TRIGGER lost_number_is_kept BEFORE UPDATE OR DELETE ON orders_lostnumbers FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('lost_numbers_append_only', 'What was lost stays lost.');
CREATE TRIGGER lost_numbers_are_kept BEFORE TRUNCATE ON orders_lostnumbers FOR EACH STATEMENT
    EXECUTE FUNCTION orders_refuse('lost_numbers_append_only', 'What was lost stays lost.');
"""

UNDO = """
DROP TRIGGER lost_numbers_are_kept ON orders_lostnumbers;
DROP TRIGGER lost_number_is_kept ON orders_lostnumbers;
DROP TRIGGER lost_numbers_continue_previous ON orders_lostnumbers;
DROP FUNCTION orders_lost_numbers_follow();
DROP TRIGGER invoice_continues_previous ON orders_invoice;
ALTER TABLE orders_invoice
    ADD CONSTRAINT invoice_continues_previous
        FOREIGN KEY (kind, year, previous_number)
        REFERENCES orders_invoice (kind, year, number);
DROP FUNCTION orders_invoice_follows();
DROP FUNCTION orders_number_is_given(text, integer, integer);
DROP TRIGGER lost_numbers_count ON orders_lostnumbers;
DROP FUNCTION orders_lost_numbers_count();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_promo_most")]
    operations = [
        migrations.CreateModel(
            name="LostNumbers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                        max_length=11,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("first", models.PositiveIntegerField()),
                ("last", models.PositiveIntegerField()),
                ("actor", models.CharField(max_length=150)),
                (
                    "noted_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "year", "last"), name="lost_numbers_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__gte", 1), ("last__gte", models.F("first"))),
                        name="lost_numbers_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
