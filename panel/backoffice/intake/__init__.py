"""Taking in customers with their balances from a file.

``reading`` makes a table of the bytes, ``columns`` says which column is which field, ``checking``
tries every line, ``working`` takes them in (or back) in slices, ``mailing`` tells them.
"""

from panel.backoffice.intake.working import backlog, due_intakes, work_slice

__all__ = ["backlog", "due_intakes", "work_slice"]
