"""Where Django's ways of writing numbers and dates are not those of our readers."""
