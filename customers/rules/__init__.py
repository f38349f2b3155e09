"""The one language in which a group of customers is described: filters, saved views, selections, segments."""
