"""What the local database says when it cannot do its work."""


class LocalPostgresError(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do."""
