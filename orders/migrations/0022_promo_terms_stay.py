"""What a promo code gives was promised when a payment was opened: it stays as it was made."""

from django.db import migrations

TERMS_STAY = """
CREATE TRIGGER promo_terms_stay BEFORE UPDATE ON orders_promocode FOR EACH ROW
    WHEN ((OLD.digest, OLD.percent, OLD.fixed, OLD.min_amount) IS DISTINCT FROM
          (NEW.digest, NEW.percent, NEW.fixed, NEW.min_amount))
    EXECUTE FUNCTION orders_refuse('promo_terms_stay', 'What a promo code gives stays.');
"""
UNDO = "DROP TRIGGER promo_terms_stay ON orders_promocode"


class Migration(migrations.Migration):
    dependencies = [("orders", "0021_requests_desk")]
    operations = [migrations.RunSQL(TERMS_STAY, UNDO)]
