"""Rulebooks to try things on."""

from orders.policy import Entry, Rule, Rulebook, canonical


def book(*rules, **scope):
    """The rules, each given as its kind and its value as people write it, in this order."""
    return Rulebook(
        Rule(number, kind, canonical(kind, value), place=number, **scope)
        for number, (kind, value) in enumerate(rules, start=1)
    )


def met(rules, link="", text=""):
    """The hit that answers, or None."""
    return rules.first_hit(Entry(1, 1, {"link": link} if link else {}, {"comments": text}))


def refused(rules, link="", text=""):
    return met(rules, link, text) is not None
