"""Money comes in through here: methods, gateways, what they tell, and receipts."""
