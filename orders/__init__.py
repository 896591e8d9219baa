"""The trade: what is sold, what was bought, whose money it is."""
