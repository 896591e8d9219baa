"""What the database holds about money that came in: what is taken back, bonuses, codes, vouchers.

Like the balance, these columns are moved by inserted entries and by nothing else. The order of
locks is that of all: payment, then customer; a use of a promo code after them, the code last.
"""

from django.db import migrations

MOVED_BY_ENTRIES = """
-- What an entry of a payment counts for. The grant of a bonus is told from its taking back by
-- its cause; a promo code is given by the entry that names its use, once.
CREATE FUNCTION orders_entry_moves_payment(entry orders_ledgerentry) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    use_id bigint := substring(entry.cause from '^promo:([0-9]{1,18})$')::bigint;
    is_bonus boolean := entry.kind = 'bonus';
    is_grant boolean := is_bonus
                        AND (use_id IS NOT NULL OR entry.cause = 'bonus:' || entry.payment_id);
BEGIN
    IF entry.kind = 'top_up' THEN
        UPDATE orders_payment
           SET status = 'settled', settled_at = coalesce(settled_at, entry.created_at)
         WHERE id = entry.payment_id AND customer_id = entry.customer_id
           AND amount = entry.amount AND status IN ('open', 'waiting');
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'entry_settles_payment',
                MESSAGE = 'No open payment of this customer is of this amount.';
        END IF;
        RETURN;
    END IF;
    UPDATE orders_payment
       SET taken_back = taken_back - CASE WHEN is_bonus THEN 0 ELSE entry.amount END,
           bonus = bonus + CASE WHEN is_grant THEN entry.amount ELSE 0 END,
           bonus_back = bonus_back
                        - CASE WHEN is_bonus AND NOT is_grant THEN entry.amount ELSE 0 END
     WHERE id = entry.payment_id AND customer_id = entry.customer_id AND status = 'settled'
       AND entry.kind IN ('chargeback', 'restored', 'paid_back', 'bonus');
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'entry_payment_of_customer',
            MESSAGE = 'No settled payment of this customer can have this entry.';
    END IF;
    IF use_id IS NOT NULL THEN
        UPDATE orders_promouse SET given = entry.amount
         WHERE id = use_id AND payment_id = entry.payment_id AND given = 0;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'entry_gives_promo',
                MESSAGE = 'This use of a promo code is not there, or was given before.';
        END IF;
    ELSIF entry.kind = 'paid_back' AND NOT EXISTS (
        SELECT FROM orders_paymentrefund
         WHERE payment_id = entry.payment_id AND amount = abs(entry.amount)
           AND entry.cause = CASE WHEN entry.amount < 0 THEN 'paid_back:'
                                  WHEN status = 'refused' THEN 'paid_back_undone:' END || id
    ) THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'entry_fits_refund',
            MESSAGE = 'No refund of this payment is of this amount and in this state.';
    END IF;
END $$;

-- A voucher is redeemed by the entry that names it, once, and taken back likewise.
CREATE FUNCTION orders_entry_moves_voucher(entry orders_ledgerentry) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    redeemed bigint := substring(entry.cause from '^voucher:([0-9]{1,18})$')::bigint;
    taken bigint := substring(entry.cause from '^voucher_back:([0-9]{1,18})$')::bigint;
BEGIN
    UPDATE orders_voucher
       SET redeemed_by_id = entry.customer_id,
           redeemed_at = coalesce(redeemed_at, entry.created_at),
           reversed_at = CASE WHEN taken IS NOT NULL
                              THEN greatest(redeemed_at, entry.created_at) END
     WHERE id = coalesce(redeemed, taken) AND reversed_at IS NULL
       AND CASE WHEN taken IS NULL THEN redeemed_by_id IS NULL AND amount = entry.amount
                ELSE redeemed_by_id = entry.customer_id AND amount = -entry.amount END;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'entry_redeems_voucher',
            MESSAGE = 'This voucher is not there, or not in the state for this.';
    END IF;
END $$;

-- As in 0002, with what is above. Entries of orders, the many, meet no more questions than before.
-- Forced entries alone pass the floor: chargebacks, and the bonus that goes back with a payment.
CREATE OR REPLACE FUNCTION orders_entry_moves_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    floor numeric;
    state text;
BEGIN
    IF NEW.order_id IS NOT NULL THEN
        IF NEW.kind <> 'charge' OR NEW.step <> 1 THEN
            UPDATE orders_order
               SET refunded = refunded + CASE WHEN NEW.kind = 'charge' THEN 0 ELSE NEW.amount END,
                   metered = metered - CASE WHEN NEW.kind = 'charge' THEN NEW.amount ELSE 0 END
             WHERE id = NEW.order_id AND customer_id = NEW.customer_id;
            IF NOT FOUND THEN
                RAISE foreign_key_violation USING CONSTRAINT = 'entry_order_of_customer',
                    MESSAGE = 'This order belongs to another customer.';
            END IF;
        END IF;
    ELSIF NEW.payment_id IS NOT NULL THEN
        PERFORM orders_entry_moves_payment(NEW);
    ELSIF NEW.kind = 'bonus' AND NEW.cause LIKE 'voucher%' THEN
        PERFORM orders_entry_moves_voucher(NEW);
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
    IF NEW.balance_after < floor AND NEW.amount < 0 AND NEW.kind <> 'chargeback'
       AND NOT (NEW.kind = 'bonus' AND NEW.payment_id IS NOT NULL
                AND starts_with(NEW.cause, 'bonus_back:')) THEN
        RAISE check_violation USING CONSTRAINT = 'customer_balance_covers',
            MESSAGE = 'The balance does not cover this.';
    END IF;
    RETURN NEW;
END $$;
"""

GUARDS = """
-- A payment is settled by its entry, and then stays what it was, its terms included.
DROP TRIGGER payment_settles_by_entry ON orders_payment;
CREATE TRIGGER payment_settles_by_entry BEFORE UPDATE ON orders_payment FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND 'settled' IN (OLD.status, NEW.status)
          AND (OLD.id, OLD.customer_id, OLD.method_id, OLD.gateway, OLD.reference, OLD.token,
               OLD.amount, OLD.currency, OLD.pay_amount, OLD.pay_currency, OLD.exchange_rate,
               OLD.fee, OLD.paid_amount, OLD.status)
          IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.method_id, NEW.gateway, NEW.reference,
               NEW.token, NEW.amount, NEW.currency, NEW.pay_amount, NEW.pay_currency,
               NEW.exchange_rate, NEW.fee, NEW.paid_amount, NEW.status))
    EXECUTE FUNCTION orders_refuse('payment_by_entry', 'A payment is settled by its entry.');
CREATE TRIGGER payment_moves_by_entry BEFORE UPDATE ON orders_payment FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.taken_back, OLD.bonus, OLD.bonus_back)
          IS DISTINCT FROM (NEW.taken_back, NEW.bonus, NEW.bonus_back))
    EXECUTE FUNCTION orders_refuse('payment_moves_by_entry', 'Its money moves by an entry alone.');

-- A refund stays as it was asked for, and its end is its end.
CREATE TRIGGER refund_stays_as_asked BEFORE UPDATE ON orders_paymentrefund FOR EACH ROW
    WHEN ((OLD.id, OLD.payment_id, OLD.token, OLD.amount, OLD.pay_amount) IS DISTINCT FROM
          (NEW.id, NEW.payment_id, NEW.token, NEW.amount, NEW.pay_amount)
          OR OLD.status IN ('done', 'refused') AND NEW.status <> OLD.status)
    EXECUTE FUNCTION orders_refuse('refund_stays_as_asked', 'A refund stays as it was asked for.');
CREATE TRIGGER refund_is_kept BEFORE DELETE ON orders_paymentrefund FOR EACH ROW
    EXECUTE FUNCTION orders_refuse('refund_in_book', 'This refund is in the book.');

-- A promo code's uses are counted as they are noted and released, under the code's lock.
CREATE FUNCTION orders_promo_use_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE orders_promocode SET uses = uses - 1 WHERE id = OLD.promo_id;
        RETURN NULL;
    END IF;
    UPDATE orders_promocode SET uses = uses + 1 WHERE id = NEW.promo_id
    RETURNING uses_per_customer_max INTO most;
    IF (SELECT count(*) FROM orders_promouse
         WHERE promo_id = NEW.promo_id AND customer_id = NEW.customer_id) > most THEN
        RAISE check_violation USING CONSTRAINT = 'promo_uses_per_customer',
            MESSAGE = 'This customer has used this code as often as may be.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER promo_use_counts AFTER INSERT OR DELETE ON orders_promouse
    FOR EACH ROW EXECUTE FUNCTION orders_promo_use_counts();
CREATE TRIGGER promo_uses_by_use BEFORE UPDATE ON orders_promocode FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.id, OLD.uses) IS DISTINCT FROM (NEW.id, NEW.uses))
    EXECUTE FUNCTION orders_refuse('promo_uses_by_use', 'Uses of a code are counted as noted.');
CREATE TRIGGER promo_starts_unused BEFORE INSERT ON orders_promocode FOR EACH ROW
    WHEN (NEW.uses <> 0)
    EXECUTE FUNCTION orders_refuse('promo_uses_by_use', 'Uses of a code are counted as noted.');

CREATE FUNCTION orders_promo_use_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM orders_payment
                    WHERE id = NEW.payment_id AND customer_id = NEW.customer_id) THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'promo_use_of_customer',
            MESSAGE = 'This payment belongs to another customer.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promo_use_of_customer BEFORE INSERT OR UPDATE OF payment_id, customer_id
    ON orders_promouse FOR EACH ROW EXECUTE FUNCTION orders_promo_use_of_customer();
CREATE TRIGGER promo_given_by_entry BEFORE UPDATE ON orders_promouse FOR EACH ROW
    WHEN (pg_trigger_depth() = 0
          AND ((OLD.id, OLD.promo_id, OLD.customer_id, OLD.given) IS DISTINCT FROM
               (NEW.id, NEW.promo_id, NEW.customer_id, NEW.given)
               OR OLD.given > 0 AND NEW.payment_id <> OLD.payment_id))
    EXECUTE FUNCTION orders_refuse('promo_given_by_entry', 'A promo code is given by an entry.');
CREATE TRIGGER promo_use_starts_open BEFORE INSERT ON orders_promouse FOR EACH ROW
    WHEN (NEW.given <> 0)
    EXECUTE FUNCTION orders_refuse('promo_given_by_entry', 'A promo code is given by an entry.');
CREATE TRIGGER promo_use_is_kept BEFORE DELETE ON orders_promouse FOR EACH ROW
    WHEN (OLD.given > 0)
    EXECUTE FUNCTION orders_refuse('promo_use_in_book', 'This use is in the book.');

CREATE TRIGGER voucher_moves_by_entry BEFORE UPDATE ON orders_voucher FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.id, OLD.batch_id, OLD.digest, OLD.amount,
          OLD.redeemed_by_id, OLD.redeemed_at, OLD.reversed_at) IS DISTINCT FROM (NEW.id,
          NEW.batch_id, NEW.digest, NEW.amount, NEW.redeemed_by_id, NEW.redeemed_at,
          NEW.reversed_at))
    EXECUTE FUNCTION orders_refuse('voucher_by_entry', 'A voucher is redeemed by its entry.');
CREATE TRIGGER voucher_starts_unused BEFORE INSERT ON orders_voucher FOR EACH ROW
    WHEN (NEW.redeemed_at IS NOT NULL OR NEW.reversed_at IS NOT NULL)
    EXECUTE FUNCTION orders_refuse('voucher_by_entry', 'A voucher is redeemed by its entry.');
CREATE TRIGGER voucher_is_kept BEFORE DELETE ON orders_voucher FOR EACH ROW
    WHEN (OLD.redeemed_at IS NOT NULL)
    EXECUTE FUNCTION orders_refuse('voucher_in_book', 'This voucher is in the book.');
"""

UNDO = """
DROP TRIGGER voucher_is_kept ON orders_voucher;
DROP TRIGGER voucher_starts_unused ON orders_voucher;
DROP TRIGGER voucher_moves_by_entry ON orders_voucher;
DROP TRIGGER promo_use_is_kept ON orders_promouse;
DROP TRIGGER promo_use_starts_open ON orders_promouse;
DROP TRIGGER promo_given_by_entry ON orders_promouse;
DROP TRIGGER promo_use_of_customer ON orders_promouse;
DROP FUNCTION orders_promo_use_of_customer();
DROP TRIGGER promo_starts_unused ON orders_promocode;
DROP TRIGGER promo_uses_by_use ON orders_promocode;
DROP TRIGGER promo_use_counts ON orders_promouse;
DROP FUNCTION orders_promo_use_counts();
DROP TRIGGER refund_is_kept ON orders_paymentrefund;
DROP TRIGGER refund_stays_as_asked ON orders_paymentrefund;
DROP TRIGGER payment_moves_by_entry ON orders_payment;
DROP TRIGGER payment_settles_by_entry ON orders_payment;
CREATE TRIGGER payment_settles_by_entry BEFORE UPDATE ON orders_payment FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND 'settled' IN (OLD.status, NEW.status)
          AND (OLD.id, OLD.customer_id, OLD.amount, OLD.currency, OLD.status)
          IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.amount, NEW.currency, NEW.status))
    EXECUTE FUNCTION orders_refuse('payment_by_entry', 'A payment is settled by its entry.');
"""

UNDO_MOVES = """
CREATE OR REPLACE FUNCTION orders_entry_moves_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION orders_entry_moves_voucher(orders_ledgerentry);
DROP FUNCTION orders_entry_moves_payment(orders_ledgerentry);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_policy")]
    operations = [
        migrations.RunSQL(MOVED_BY_ENTRIES, UNDO_MOVES),
        migrations.RunSQL(GUARDS, UNDO),
    ]
