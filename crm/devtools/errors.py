"""What dev.py says when it cannot go on."""


class DevError(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do."""
