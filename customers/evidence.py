"""What speaks for two records being one person and what against it, for the scan, the forms and imports.

`docs/duplicates.md` says how the weights were chosen.
"""

from __future__ import annotations

from collections.abc import Iterable

from customers.models import Evidence

WEIGHTS = {
    Evidence.CITIZEN_ID: 100,
    Evidence.EMAIL: 50,
    Evidence.PHONE: 35,
    Evidence.NAME: 30,
    Evidence.BIRTH_DATE: 30,
    Evidence.BIRTH_YEAR: 10,
    Evidence.OTHER_NAME: -40,
    Evidence.OTHER_BIRTH: -30,
    Evidence.OTHER_CITIZEN_ID: -60,
}
# From here on a pair is shown to people; a phone in common stays far below it.
LIKELY = 60
ALMOST_CERTAIN = 90
# What more records have in common, such as the number of a shop, says nothing about any two of them.
MOST_IN_A_BLOCK = 20

# What `one` and `other`, two rows with the columns of a customer, have in common and what not.
# A date with one part mistaken speaks neither for nor against; nor does a name that one record has more of.
_EVIDENCE = """
    array_remove(ARRAY[
        CASE WHEN one.citizen_id = '' OR other.citizen_id = '' THEN NULL
            WHEN one.citizen_id = other.citizen_id THEN 'citizen_id' ELSE 'other_id' END,
        CASE WHEN EXISTS ({same_email}) THEN 'email' END,
        CASE WHEN EXISTS ({same_phone}) THEN 'phone' END,
        CASE WHEN one.name_search <= ' ' OR other.name_search <= ' ' THEN NULL
            WHEN one.name_search = other.name_search THEN 'name'
            WHEN one.given_search <> other.given_search
                OR vn_fold(one.family_name) <> vn_fold(other.family_name) THEN 'other_name' END,
        CASE WHEN (one.birth_year, one.birth_month, one.birth_day)
                = (other.birth_year, other.birth_month, other.birth_day) THEN 'birth_date'
            WHEN one.birth_year = other.birth_year
                AND coalesce(one.birth_month = other.birth_month, true)
                AND coalesce(one.birth_day = other.birth_day, true) THEN 'birth_year'
            WHEN one.birth_year <> other.birth_year
                AND coalesce(
                    (one.birth_month, one.birth_day) <> (other.birth_month, other.birth_day), true
                ) THEN 'other_birth'
            WHEN one.birth_month <> other.birth_month AND one.birth_day <> other.birth_day
                THEN 'other_birth' END
    ], NULL)
"""


def evidence(*, same_email: str, same_phone: str) -> str:
    """The expression for the evidence, where two queries say whether an email and a phone are the same."""
    return _EVIDENCE.format(same_email=same_email, same_phone=same_phone)


EVIDENCE_OF_RECORDS = evidence(
    same_email="""
        SELECT FROM customers_email mine
        JOIN customers_email theirs ON lower(theirs.address) = lower(mine.address)
        WHERE mine.customer_id = one.id AND theirs.customer_id = other.id
    """,
    same_phone="""
        SELECT FROM customers_phone mine JOIN customers_phone theirs ON theirs.number = mine.number
        WHERE mine.customer_id = one.id AND theirs.customer_id = other.id
    """,
)
# `one` is what somebody types: its phones and emails are arrays.
EVIDENCE_OF_TYPED = evidence(
    same_email="""
        SELECT FROM customers_email theirs
        WHERE theirs.customer_id = other.id AND lower(theirs.address) = ANY (one.emails)
    """,
    same_phone="""
        SELECT FROM customers_phone theirs
        WHERE theirs.customer_id = other.id AND theirs.number = ANY (one.phones)
    """,
)


def weight(signs: Iterable[Evidence]) -> int:
    """The sum of what speaks for one person and against it."""
    return sum(WEIGHTS[sign] for sign in signs)
