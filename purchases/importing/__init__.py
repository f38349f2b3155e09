"""Purchases from outside: lines are read and staged, then saved purchase by purchase in batches."""
