"""Staff who look at the dashboard as one of the customers: marked, recorded, never changing it."""
