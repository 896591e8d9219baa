"""Papers: what customers print and keep, as PDF."""
