"""Texts to begin with: the operator replaces them in the engine room."""

from django.db import migrations

TERMS = """These terms are a starting point: replace them with your own before you open the shop.

What is sold is described on the page of each service. An order is charged from the prepaid balance when it is placed, and starts as soon as possible after that.

What was not delivered is given back to the balance: an order that is canceled in full, a partial one for its undelivered share.

Balances are used for orders on this site. Whoever places an order is answerable for being allowed to promote the page it names."""

PRIVACY = """This statement is a starting point: replace it with your own before you open the shop.

We keep the e-mail address you sign up with, your orders, and the movements of your balance, since we need them to deliver and to account for what was paid.

Cookies are used to keep you logged in and to protect forms, and for nothing else. Nothing is loaded from other sites, and no one is told what you look at."""

QUESTIONS = (
    (
        "How soon does an order start?",
        "Most start within minutes. The page of each service shows how long its latest orders really took.",
    ),
    (
        "What happens when something is not delivered?",
        "The undelivered share comes back to your balance by itself, to the last digit. You find it on your statement.",
    ),
    (
        "Can I order from my own program?",
        "Yes. Create an API key in your dashboard and follow the examples on the API page. All you need is one address and a form post.",
    ),
    (
        "What is a refill?",
        "Some services make up for losses during a number of days. Their orders then have a button for it once they are done.",
    ),
)


def write(apps, schema_editor):
    page, question = apps.get_model("panel", "Page"), apps.get_model("panel", "Question")
    page.objects.create(slug="terms", title="Terms of service", body=TERMS, position=1)
    page.objects.create(slug="privacy", title="Privacy", body=PRIVACY, position=2)
    for position, (asked, answer) in enumerate(QUESTIONS, start=1):
        question.objects.create(question=asked, answer=answer, position=position)


class Migration(migrations.Migration):
    dependencies = [("panel", "0002_brand_and_texts")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
