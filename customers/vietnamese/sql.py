"""The database's side of the name keys, made from the same letters as the Python side.

The functions are bodies of standard SQL (`RETURN`), bound when they are created, so that a restore with an
empty search_path still finds what they call. They use neither the locale nor `lower()`. Stored generated
columns are built on them: whoever changes a table in `letters` must, in the same migration, recreate the
functions and rewrite those columns.
"""

from customers.vietnamese import letters


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _translate(value: str, pair: tuple[str, str]) -> str:
    source, target = pair
    return f"translate({value}, {_literal(source)}, {_literal(target)})"


def _exact_key(value: str) -> str:
    key = _translate(f"normalize({value}, NFC)", letters.LOWER)
    for first_vowel, second_vowel in letters.TONE_PLACEMENTS:
        key = f"replace({key}, {_literal(first_vowel)}, {_literal(second_vowel)})"
    return key


_PROPERTIES = "LANGUAGE sql IMMUTABLE PARALLEL SAFE"
_BREAK = _literal(letters.PART_BREAK)
_COMPOSED = "normalize(part, NFC)"
_TONES = f"regexp_replace({_translate(_COMPOSED, letters.TONE)}, {_literal(letters.TONE_KEPT)}, '', 'g')"

CREATE_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION vn_fold(value text) RETURNS text
{_PROPERTIES} STRICT
RETURN {_translate("normalize(value, NFC)", letters.FOLD)};

CREATE OR REPLACE FUNCTION vn_exact_key(value text) RETURNS text
{_PROPERTIES} STRICT
RETURN {_exact_key("value")};

CREATE OR REPLACE FUNCTION vn_name_search(family text, middle text, given text) RETURNS text
{_PROPERTIES}
RETURN vn_fold(' ' || btrim(replace(
    coalesce(family, '') || ' ' || coalesce(middle, '') || ' ' || coalesce(given, ''), '  ', ' ')));

CREATE OR REPLACE FUNCTION vn_sort_part(part text) RETURNS text
{_PROPERTIES}
RETURN coalesce({_translate(_COMPOSED, letters.WEIGHT)} || {_BREAK} || {_TONES}, {_BREAK});

CREATE OR REPLACE FUNCTION vn_sort_key(family text, middle text, given text) RETURNS text
{_PROPERTIES}
RETURN vn_sort_part(given) || {_BREAK} || vn_sort_part(family) || {_BREAK} || vn_sort_part(middle);
"""

CREATE_NAME_EXACT = f"""
CREATE OR REPLACE FUNCTION vn_name_exact(family text, middle text, given text) RETURNS text
{_PROPERTIES}
RETURN vn_exact_key(' ' || btrim(replace(
    coalesce(family, '') || ' ' || coalesce(middle, '') || ' ' || coalesce(given, ''), '  ', ' ')) || ' ');
"""

DROP_NAME_EXACT = "DROP FUNCTION vn_name_exact(text, text, text);"

DROP_FUNCTIONS = """
DROP FUNCTION vn_sort_key(text, text, text);
DROP FUNCTION vn_sort_part(text);
DROP FUNCTION vn_name_search(text, text, text);
DROP FUNCTION vn_exact_key(text);
DROP FUNCTION vn_fold(text);
"""
