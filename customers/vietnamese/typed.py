"""What people type, paste and import: the first reading that phones, money, dates and numbers share."""

import re
import unicodedata

from customers.vietnamese.names import clean

# A decimal digit of any script but ours.
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")


class InputError(ValueError):
    """Text that cannot be understood; the message tells the person, in their language, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def plain(text: str) -> str:
    """The cleaned text with the digits of any script as 0 to 9 and without a spreadsheet's apostrophe."""
    cleaned = clean(text).removeprefix("'").removeprefix("’").strip()
    return _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), cleaned)
