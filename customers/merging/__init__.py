"""Making two records of one person into one, and two again: the only code that re-points rows."""
