"""What can be the name of a customer, wherever it is typed or imported."""

import re

from customers import organisations
from customers.said import said as _
from customers.vietnamese.names import clean
from customers.vietnamese.phones import parse_phone
from customers.vietnamese.typed import InputError

# How formulas of spreadsheets begin, and remains of lists.
_BEGINS_LIKE_NO_NAME = re.compile(r"[=+\-*/|%#&]")


def refusal_of_name(text: str) -> str:
    """Why a text cannot be the name of a customer, with what to do; empty where it can or nothing is said."""
    name = clean(text)
    if not name:
        return ""
    if "@" in name:
        return _("This is an email address; enter it in the field Email.")
    if not any(char.isalpha() for char in name):
        if _is_phone(name):
            return _("This is a phone number; enter it in the field Phone.")
        return _("A full name needs at least one letter.")
    if "<" in name or ">" in name:
        return _("A name has no < or >. Enter the name alone.")
    if _BEGINS_LIKE_NO_NAME.match(name):
        return _("A name does not begin with “%(sign)s”. Enter the name alone.") % {"sign": name[0]}
    return organisations.refusal_of_name(name)


def _is_phone(text: str) -> bool:
    try:
        parse_phone(text)
    except InputError:
        return False
    return True
