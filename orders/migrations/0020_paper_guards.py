"""What the database itself holds about invoices: numbers without a gap, papers that stay.

An inserted paper takes the next number of its year under the lock of that year's row, which is
held until the commit: a paper that is rolled back leaves no gap. It brings the papers of its
payment level with what the customer was credited and has kept, or it is refused.
"""

from django.db import migrations

PAPERS = """
ALTER TABLE orders_invoice
    ADD CONSTRAINT invoice_continues_previous
        FOREIGN KEY (kind, year, previous_number)
        REFERENCES orders_invoice (kind, year, number),
    ADD CONSTRAINT invoice_numbers_from_one CHECK (number >= 1),
    ADD CONSTRAINT invoice_amounts_are_numbers
        CHECK (gross <> 'NaN' AND net <> 'NaN' AND tax <> 'NaN' AND covers <> 'NaN');

-- Locks are taken in the order in which all take them: the payment, then the year.
CREATE FUNCTION orders_invoice_numbers_itself() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid orders_payment;
    covered numeric;
    told numeric;
BEGIN
    SELECT * INTO paid FROM orders_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(covers), 0), coalesce(sum(gross), 0), count(*) + 1
      INTO covered, told, NEW.step
      FROM orders_invoice WHERE payment_id = NEW.payment_id;
    IF paid.status IS DISTINCT FROM 'settled' OR paid.customer_id <> NEW.customer_id
       OR paid.currency <> NEW.currency
       OR covered + NEW.covers <> paid.amount - paid.taken_back
       OR told + NEW.gross NOT BETWEEN 0 AND paid.amount + paid.fee THEN
        RAISE check_violation USING CONSTRAINT = 'invoice_meets_payment',
            MESSAGE = 'A paper says what its customer was credited and has kept.';
    END IF;
    NEW.year = date_part('year', NEW.issued_at AT TIME ZONE 'UTC');
    INSERT INTO orders_invoiceseries AS series (kind, year, last_number)
    VALUES (NEW.kind, NEW.year, 1)
        ON CONFLICT ON CONSTRAINT invoice_series_once
        DO UPDATE SET last_number = series.last_number + 1
    RETURNING series.last_number INTO NEW.number;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_numbers_itself BEFORE INSERT ON orders_invoice
    FOR EACH ROW EXECUTE FUNCTION orders_invoice_numbers_itself();

CREATE TRIGGER invoice_is_kept BEFORE UPDATE OR DELETE ON orders_invoice FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('invoice_append_only', 'An invoice stays as it is.');
CREATE TRIGGER invoices_are_kept BEFORE TRUNCATE ON orders_invoice FOR EACH STATEMENT
    EXECUTE FUNCTION orders_refuse('invoice_append_only', 'An invoice stays as it is.');

-- A year counts through its papers alone (pg_trigger_depth() is 0 outside).
CREATE TRIGGER series_counts_by_invoice
    BEFORE INSERT OR UPDATE OR DELETE ON orders_invoiceseries FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION orders_refuse('series_by_invoice', 'Numbers are given to invoices alone.');
CREATE TRIGGER series_are_kept BEFORE TRUNCATE ON orders_invoiceseries FOR EACH STATEMENT
    EXECUTE FUNCTION orders_refuse('series_by_invoice', 'Numbers are given to invoices alone.');
"""

UNDO = """
DROP TRIGGER series_are_kept ON orders_invoiceseries;
DROP TRIGGER series_counts_by_invoice ON orders_invoiceseries;
DROP TRIGGER invoices_are_kept ON orders_invoice;
DROP TRIGGER invoice_is_kept ON orders_invoice;
DROP TRIGGER invoice_numbers_itself ON orders_invoice;
DROP FUNCTION orders_invoice_numbers_itself();
ALTER TABLE orders_invoice
    DROP CONSTRAINT invoice_amounts_are_numbers,
    DROP CONSTRAINT invoice_numbers_from_one,
    DROP CONSTRAINT invoice_continues_previous;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_papers")]
    operations = [migrations.RunSQL(PAPERS, UNDO)]
