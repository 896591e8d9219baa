"""The operator's texts: news, questions, pages, and what customers are told by e-mail."""

from panel.backoffice.content import arranging, editing, letters, listing

__all__ = ["arranging", "editing", "letters", "listing"]
