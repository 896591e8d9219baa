"""A customer buys from panel A, A from panel B, B from the sandbox."""

import json

from tests.whole.instance import create_database, until


class Chain:
    """A customer of A, A as a customer of B, B as a customer of the sandbox."""

    def __init__(self, a, b, box, key, account):
        self.a, self.b, self.box, self.key, self.account = a, b, box, key, account
        self.placed: dict[str, int] = {}

    def service(self, number):
        """The id at A of what the sandbox sells as `number`."""
        query = (
            "SELECT s.service_id FROM orders_source s JOIN providers_offer o ON o.id = s.offer_id"
            " WHERE o.upstream_id = %s"
        )
        return self.a.one(query, str(self.b.one(query, str(number))))

    def place(self, name, number, **fields):
        answer = self.a.call(self.key, "add", service=self.service(number), **fields)
        assert answer.keys() == {"order"}, (name, answer)
        self.placed[name] = answer["order"]

    def sandbox_id(self, name):
        """The id at the sandbox of an order at A."""
        query = "SELECT upstream_id FROM orders_order WHERE id = %s"
        return self.b.one(query, int(self.a.one(query, self.placed[name])))

    def word(self, name):
        return self.a.call(self.key, "status", order=self.placed[name])["status"]

    def until_at_sandbox(self):
        count = len(self.placed)
        until(lambda: len(self.box.orders()) >= count, told=self.told)
        until(lambda: self.a.statuses() == {"processing": count}, told=self.told)

    def until_word(self, name, word):
        def is_so():
            self.b.let_time_pass()
            self.a.let_time_pass()
            return self.word(name) == word

        until(is_so, told=lambda: f"{name}: {self.told()}")

    def told(self):
        return f"A {self.a.statuses()}, B {self.b.statuses()}, {len(self.box.orders())} arrived"


def opened(a, b, box):
    """Two filled panels that run: A with all programs, B with web and `work` alone."""
    create_database(b.database)
    b.manage("migrate", "--verbosity", "0")
    create_database(a.database, like=b.database)
    account = _filled(b, box.url, box.key)
    b.start("web")
    key = _filled(a, f"{b.url}/api/v2", account)
    b.start("work")
    for program in ("broker", "web", "worker", "clock"):
        a.start(program)
    return Chain(a, b, box, key, account)


def _filled(panel, url, key):
    """A trial's content, bought from `url`; returns its customer's key."""
    said = panel.manage("demo", "--sandbox-url", url, "--sandbox-key", key)
    return json.loads(said)["api_key"]
