"""What the database itself holds about money: the chain, the balance, the charge, the refunds.

None of it trusts the application. Foreign keys and checks say what must fit; triggers do what
they cannot reach: an inserted entry numbers itself and moves the balance in the same statement,
and nothing else may move it.
"""

from django.db import migrations

BOOK = """
-- Each entry refers to the one before it, whose number and balance it continues.
ALTER TABLE orders_ledgerentry
    ADD CONSTRAINT entry_balance_once UNIQUE (customer_id, number, balance_after),
    ADD CONSTRAINT entry_continues_previous
        FOREIGN KEY (customer_id, previous_number, previous_balance)
        REFERENCES orders_ledgerentry (customer_id, number, balance_after),
    ADD CONSTRAINT entry_charge_once UNIQUE (charged_order, customer_id, amount);

-- A customer's balance is that of the last entry.
ALTER TABLE orders_customer
    ADD CONSTRAINT customer_balance_is_last_entry
        FOREIGN KEY (id, last_entry_number, balance)
        REFERENCES orders_ledgerentry (customer_id, number, balance_after)
        DEFERRABLE INITIALLY DEFERRED;

-- No order without its charge, and the charge is that of its customer, to the last digit.
ALTER TABLE orders_order
    ADD CONSTRAINT order_has_its_charge
        FOREIGN KEY (id, customer_id, charge_amount)
        REFERENCES orders_ledgerentry (charged_order, customer_id, amount)
        DEFERRABLE INITIALLY DEFERRED,
-- What was charged up front is not charged again as it is served.
    ADD CONSTRAINT order_charged_or_metered CHECK (charge = 0 OR metered = 0);

-- A numeric column takes NaN, which is greater than every floor: such a balance never ends.
ALTER TABLE orders_ledgerentry
    ADD CONSTRAINT entry_amount_is_number CHECK (amount <> 'NaN'),
    ADD CONSTRAINT entry_steps_from_one CHECK (step >= 1);
ALTER TABLE orders_customer
    ADD CONSTRAINT customer_credit_limit_is_number CHECK (credit_limit <> 'NaN');
ALTER TABLE orders_payment
    ADD CONSTRAINT payment_amount_is_number CHECK (amount <> 'NaN');

-- Inserting an entry moves everything it counts for: an order's money, or the payment that it
-- settles, then the balance. It numbers the entry and computes the balance after it; values
-- brought by the caller are overwritten. Locks are taken in the order in which all take them:
-- order or payment, then customer. Only spending meets the floor: top-ups, refunds and
-- chargebacks always pass.
CREATE FUNCTION orders_entry_moves_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    floor numeric;
    state text;
BEGIN
    IF NEW.order_id IS NOT NULL AND (NEW.kind <> 'charge' OR NEW.step <> 1) THEN
        UPDATE orders_order
           SET refunded = refunded + CASE WHEN NEW.kind = 'charge' THEN 0 ELSE NEW.amount END,
               metered = metered - CASE WHEN NEW.kind = 'charge' THEN NEW.amount ELSE 0 END
         WHERE id = NEW.order_id AND customer_id = NEW.customer_id;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'entry_order_of_customer',
                MESSAGE = 'This order belongs to another customer.';
        END IF;
    ELSIF NEW.kind = 'top_up' AND NEW.payment_id IS NOT NULL THEN
        UPDATE orders_payment
           SET status = 'settled', settled_at = coalesce(settled_at, NEW.created_at)
         WHERE id = NEW.payment_id AND customer_id = NEW.customer_id AND amount = NEW.amount
           AND status = 'open';
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'entry_settles_payment',
                MESSAGE = 'No open payment of this customer is of this amount.';
        END IF;
    END IF;
    UPDATE orders_customer
       SET balance = balance + NEW.amount, last_number = last_number + 1
     WHERE id = NEW.customer_id
    RETURNING balance, last_number, -credit_limit, status
      INTO NEW.balance_after, NEW.number, floor, state;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'entry_has_customer',
            MESSAGE = 'This customer does not exist.';
    END IF;
    IF NEW.kind IN ('charge', 'payout') AND state <> 'active' THEN
        RAISE check_violation USING CONSTRAINT = 'customer_may_spend',
            MESSAGE = 'This customer may not spend.';
    END IF;
    IF NEW.amount < 0 AND NEW.kind <> 'chargeback' AND NEW.balance_after < floor THEN
        RAISE check_violation USING CONSTRAINT = 'customer_balance_covers',
            MESSAGE = 'The balance does not cover this.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_moves_balance BEFORE INSERT ON orders_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION orders_entry_moves_balance();

CREATE FUNCTION orders_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[1];
END $$;

CREATE TRIGGER entry_is_kept BEFORE UPDATE OR DELETE ON orders_ledgerentry FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('entry_append_only', 'The book is append-only.');
CREATE TRIGGER entries_are_kept BEFORE TRUNCATE ON orders_ledgerentry FOR EACH STATEMENT
    EXECUTE FUNCTION orders_refuse('entry_append_only', 'The book is append-only.');

-- Balances and an order's money move through entries alone (pg_trigger_depth() is 0 outside).
CREATE TRIGGER balance_moves_by_entry BEFORE UPDATE ON orders_customer FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.id, OLD.balance, OLD.last_number)
          IS DISTINCT FROM (NEW.id, NEW.balance, NEW.last_number))
    EXECUTE FUNCTION orders_refuse('balance_by_entry', 'A balance moves by an entry alone.');
CREATE TRIGGER balance_starts_at_zero BEFORE INSERT ON orders_customer FOR EACH ROW
    WHEN (NEW.balance <> 0 OR NEW.last_number <> 0)
    EXECUTE FUNCTION orders_refuse('balance_by_entry', 'A balance moves by an entry alone.');
CREATE TRIGGER order_money_moves_by_entry BEFORE UPDATE ON orders_order FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.id, OLD.customer_id, OLD.service_id, OLD.units, OLD.rate,
          OLD.charge, OLD.metered, OLD.refunded) IS DISTINCT FROM (NEW.id, NEW.customer_id,
          NEW.service_id, NEW.units, NEW.rate, NEW.charge, NEW.metered, NEW.refunded))
    EXECUTE FUNCTION orders_refuse('order_money_frozen', 'The money of an order is frozen.');
CREATE TRIGGER order_money_starts_at_zero BEFORE INSERT ON orders_order FOR EACH ROW
    WHEN (NEW.refunded <> 0 OR NEW.metered <> 0)
    EXECUTE FUNCTION orders_refuse('order_money_frozen', 'The money of an order is frozen.');

-- A payment is settled by its entry, and then stays what it was.
CREATE TRIGGER payment_settles_by_entry BEFORE UPDATE ON orders_payment FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND 'settled' IN (OLD.status, NEW.status)
          AND (OLD.id, OLD.customer_id, OLD.amount, OLD.currency, OLD.status)
          IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.amount, NEW.currency, NEW.status))
    EXECUTE FUNCTION orders_refuse('payment_by_entry', 'A payment is settled by its entry.');
CREATE TRIGGER payment_starts_open BEFORE INSERT ON orders_payment FOR EACH ROW
    WHEN (NEW.status = 'settled')
    EXECUTE FUNCTION orders_refuse('payment_by_entry', 'A payment is settled by its entry.');

-- Who is in the book stays: a row that is deleted could be born again with its money at zero.
CREATE TRIGGER customer_is_kept BEFORE DELETE ON orders_customer FOR EACH ROW
    WHEN (OLD.last_number > 0)
    EXECUTE FUNCTION orders_refuse('customer_in_book', 'This customer is in the book.');
CREATE TRIGGER order_is_kept BEFORE DELETE ON orders_order FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('order_in_book', 'This order is in the book.');
CREATE TRIGGER payment_is_kept BEFORE DELETE ON orders_payment FOR EACH ROW
    WHEN (OLD.status = 'settled')
    EXECUTE FUNCTION orders_refuse('payment_in_book', 'This payment is in the book.');

-- A canceled order stays canceled.
CREATE TRIGGER canceled_is_final BEFORE UPDATE OF status ON orders_order FOR EACH ROW
    WHEN (OLD.status = 'canceled' AND NEW.status <> 'canceled')
    EXECUTE FUNCTION orders_refuse('order_canceled_is_final', 'Canceled is final.');

-- Timelines are append-only, too.
CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE ON orders_orderevent FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('event_append_only', 'A timeline is append-only.');
CREATE TRIGGER events_are_kept BEFORE TRUNCATE ON orders_orderevent FOR EACH STATEMENT
    EXECUTE FUNCTION orders_refuse('event_append_only', 'A timeline is append-only.');
"""

UNDO = """
DROP TRIGGER events_are_kept ON orders_orderevent;
DROP TRIGGER event_is_kept ON orders_orderevent;
DROP TRIGGER canceled_is_final ON orders_order;
DROP TRIGGER payment_is_kept ON orders_payment;
DROP TRIGGER order_is_kept ON orders_order;
DROP TRIGGER customer_is_kept ON orders_customer;
DROP TRIGGER payment_starts_open ON orders_payment;
DROP TRIGGER payment_settles_by_entry ON orders_payment;
DROP TRIGGER order_money_starts_at_zero ON orders_order;
DROP TRIGGER order_money_moves_by_entry ON orders_order;
DROP TRIGGER balance_starts_at_zero ON orders_customer;
DROP TRIGGER balance_moves_by_entry ON orders_customer;
DROP TRIGGER entries_are_kept ON orders_ledgerentry;
DROP TRIGGER entry_is_kept ON orders_ledgerentry;
DROP TRIGGER entry_moves_balance ON orders_ledgerentry;
DROP FUNCTION orders_refuse();
DROP FUNCTION orders_entry_moves_balance();
ALTER TABLE orders_payment DROP CONSTRAINT payment_amount_is_number;
ALTER TABLE orders_order
    DROP CONSTRAINT order_charged_or_metered,
    DROP CONSTRAINT order_has_its_charge;
ALTER TABLE orders_customer
    DROP CONSTRAINT customer_credit_limit_is_number,
    DROP CONSTRAINT customer_balance_is_last_entry;
ALTER TABLE orders_ledgerentry
    DROP CONSTRAINT entry_steps_from_one,
    DROP CONSTRAINT entry_amount_is_number,
    DROP CONSTRAINT entry_charge_once,
    DROP CONSTRAINT entry_continues_previous,
    DROP CONSTRAINT entry_balance_once;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(BOOK, UNDO)]
