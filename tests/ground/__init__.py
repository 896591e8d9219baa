"""Proofs of the ground: servers, supervisor, settings, the two commands."""
