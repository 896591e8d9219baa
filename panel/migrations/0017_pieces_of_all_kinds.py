"""What one person books alone stays within the amount, of whatever kinds the pieces are; and a
request keeps what its deed needs besides the amount."""

from django.db import migrations, models

KEPT = """
DROP TRIGGER funds_request_is_kept ON panel_fundsrequest;
CREATE TRIGGER funds_request_is_kept BEFORE UPDATE ON panel_fundsrequest FOR EACH ROW
    WHEN (OLD.state <> 'waiting'
          OR (OLD.purpose, OLD.subject_id, OLD.customer_id, OLD.amount, OLD.details, OLD.reason,
              OLD.token, OLD.asked_by_id, OLD.asked_at, OLD.wants_second, OLD.lapses_at)
          IS DISTINCT FROM
             (NEW.purpose, NEW.subject_id, NEW.customer_id, NEW.amount, NEW.details, NEW.reason,
              NEW.token, NEW.asked_by_id, NEW.asked_at, NEW.wants_second, NEW.lapses_at))
    EXECUTE FUNCTION panel_funds_request_is_kept();
"""
KEPT_BEFORE = """
DROP TRIGGER funds_request_is_kept ON panel_fundsrequest;
CREATE TRIGGER funds_request_is_kept BEFORE UPDATE ON panel_fundsrequest FOR EACH ROW
    WHEN (OLD.state <> 'waiting'
          OR (OLD.purpose, OLD.subject_id, OLD.customer_id, OLD.amount, OLD.reason, OLD.token,
              OLD.asked_by_id, OLD.asked_at, OLD.wants_second, OLD.lapses_at)
          IS DISTINCT FROM
             (NEW.purpose, NEW.subject_id, NEW.customer_id, NEW.amount, NEW.reason, NEW.token,
              NEW.asked_by_id, NEW.asked_at, NEW.wants_second, NEW.lapses_at))
    EXECUTE FUNCTION panel_funds_request_is_kept();
"""
# A customer is reached by what was done for them and by what was done for anybody. Two pieces
# that are written at the same moment are seen one after the other: the person's row is held.
ALONE = """
CREATE FUNCTION panel_funds_request_alone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most numeric;
    reached numeric;
BEGIN
    SELECT second_person_above INTO most FROM panel_storefront WHERE id = 1;
    IF most IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM panel_user WHERE id = NEW.asked_by_id FOR NO KEY UPDATE;
    WITH alone AS (
        SELECT customer_id, sum(abs(amount)) AS total
          FROM panel_fundsrequest
         WHERE asked_by_id = NEW.asked_by_id AND state = 'booked' AND NOT wants_second
           AND asked_at > NEW.asked_at - interval '24 hours'
         GROUP BY customer_id)
    SELECT coalesce(sum(total) FILTER (WHERE customer_id IS NULL), 0)
         + coalesce(max(total) FILTER (WHERE customer_id IS NOT NULL AND (
               NEW.customer_id IS NULL OR customer_id = NEW.customer_id)), 0)
      INTO reached FROM alone;
    IF reached > most THEN
        RAISE check_violation USING CONSTRAINT = 'funds_request_alone_within_amount',
            MESSAGE = 'One person alone does not let more than the amount reach one customer.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER funds_request_alone_within_amount AFTER INSERT ON panel_fundsrequest
    FOR EACH ROW WHEN (NEW.state = 'booked' AND NOT NEW.wants_second)
    EXECUTE FUNCTION panel_funds_request_alone();
"""
NOT_ALONE = """
DROP TRIGGER funds_request_alone_within_amount ON panel_fundsrequest;
DROP FUNCTION panel_funds_request_alone();
"""


class Migration(migrations.Migration):
    dependencies = [("panel", "0016_gifts_by_two")]

    operations = [
        migrations.AddField(
            model_name="fundsrequest",
            name="details",
            field=models.JSONField(
                db_default={}, default=dict, help_text="What the deed needs besides."
            ),
        ),
        migrations.AlterField(
            model_name="fundsrequest",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("funds", "Give or take funds"),
                    ("import", "Import of customers with balances"),
                    ("import_back", "An import of customers taken back"),
                    ("confirm", "Payment by hand confirmed"),
                    ("credit", "Payment credited as it came"),
                    ("refund", "Payment paid back"),
                    ("vouchers", "Vouchers"),
                    ("promo", "Promo code"),
                    ("credit_limit", "A higher credit limit"),
                    ("bonus", "Bonus on payments"),
                    ("order", "Order ended with money back"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(KEPT, KEPT_BEFORE),
        migrations.RunSQL(ALONE, NOT_ALONE),
    ]
