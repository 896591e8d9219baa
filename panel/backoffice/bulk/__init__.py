"""One action about many: what it will do, money included; then done by a worker, with progress.

The list and how far it got stand in the database. Each is done in a transaction of its own that
also moves the position, so nothing is done twice, and what a lost worker left goes on. Nobody
has to keep a page open for it.
"""

from panel.backoffice.bulk.choosing import choose, recent, start, stop, work
from panel.backoffice.bulk.working import backlog, do_slice, due_works

__all__ = ["backlog", "choose", "do_slice", "due_works", "recent", "start", "stop", "work"]
