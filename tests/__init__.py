"""The tests mirror the code: tests/orders/test_placing.py proves orders/placing.py."""
