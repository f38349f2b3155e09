"""What people type, paste and import: the first reading that phones, money, dates and numbers share."""

import unicodedata

from customers.vietnamese.names import clean


class InputError(ValueError):
    """Text that cannot be understood; the message tells the person, in their language, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def plain(text: str) -> str:
    """The cleaned text with the digits of any script as 0 to 9 and without a spreadsheet's apostrophe."""
    cleaned = clean(text).removeprefix("'").removeprefix("’").strip()
    return "".join(_ascii_digit(char) for char in cleaned)


def _ascii_digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
