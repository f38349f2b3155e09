import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers.vietnamese.names import (
    Name,
    address_as,
    clean,
    default_honorific,
    exact_key,
    fold,
    fold_query,
    join,
    sort_key,
    split_name,
)
from tests.customers.vietnamese.strategies import TONE_MARKS, hostile_text, names, syllables

ALPHABET = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  Đặng   Thị\tHoà \n", "Đặng Thị Hoà"),
        ("Ðặng ðình", "Đặng đình"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Ánh"), "Nguyễn Thị Ánh"),
        ("\u202eNguyễn\u202c \u200bVăn\ufeff A\u00ad", "Nguyễn Văn A"),
        ("Lê\u00a0Văn\u3000Bình", "Lê Văn Bình"),
        ("a\u200d\u0301", "á"),
        ("A\x00\x07B\ud800", "AB"),
        ("\u3164\u2800", ""),
        ("Hòa", "Hòa"),
        ("Hoà", "Hoà"),
    ],
)
def test_clean_keeps_what_was_meant(typed, meant):
    assert clean(typed) == meant


@given(st.text(st.characters(), max_size=30))
def test_clean_text_is_clean_and_composed(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co"}
    assert "  " not in cleaned
    assert cleaned == cleaned.strip()
    assert not set(cleaned) & set("Ðð")


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Nguyễn Thị Ánh", ("Nguyễn", "Thị", "Ánh")),
        ("Lê Minh", ("Lê", "", "Minh")),
        ("Ánh", ("", "", "Ánh")),
        ("", ("", "", "")),
        ("Nguyễn Phúc Bảo Long", ("Nguyễn", "Phúc Bảo", "Long")),
        ("Tôn Nữ Thị Ninh", ("Tôn Nữ", "Thị", "Ninh")),
        ("CÔNG TẰNG TÔN NỮ Mỹ Hạnh", ("CÔNG TẰNG TÔN NỮ", "Mỹ", "Hạnh")),
        ("Tôn Thất Tùng", ("Tôn Thất", "", "Tùng")),
        ("Hoàng Phủ Ngọc Tường", ("Hoàng Phủ", "Ngọc", "Tường")),
        # Hoàng with the middle name Phú, and two words that can only be a family and a given name.
        ("Hoàng Phú Cường", ("Hoàng", "Phú", "Cường")),
        ("Hoang Phu Cuong", ("Hoang", "Phu", "Cuong")),
        ("Hoàng Phủ", ("Hoàng", "", "Phủ")),
    ],
)
def test_split_name(full, parts):
    assert split_name(full) == Name(*parts)


@given(st.lists(syllables(), max_size=7).map(" ".join))
def test_a_split_name_joins_to_itself(full):
    name = split_name(full)
    assert str(name) == join(name.family, name.middle, name.given) == full
    assert bool(name.given) == bool(full)


def test_one_search_key_for_every_spelling():
    spellings = ["Đặng Thị Hoà", "ĐẶNG THỊ HÒA", "Ðặng Thị Hòa", "dang thi hoa", "Đăng Thì Hỏa"]
    assert {fold_query(spelling) for spelling in spellings} == {"dang thi hoa"}
    assert fold_query(" Đặng\u200b  Thị ") == "dang thi"
    assert fold("José Çelik Muñoz Müller Øst") == "jose celik munoz muller ost"


@given(names)
def test_the_search_key_of_a_name_is_plain_and_keeps_its_length(parts):
    full = join(*parts)
    key = fold(full)
    assert len(key) == len(full)
    assert key.isascii()
    assert key == fold(key) == fold(full.upper()) == fold(unicodedata.normalize("NFD", full))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hòa", "HOÀ"), ("thúy", "Thuý"), ("Khỏe", "khoẻ"), ("Qúy", "quý"), ("hòan", "Hoàn"), ("Ðức", "Đức")],
)
def test_exact_key_unites_tone_placements(one, other):
    assert exact_key(one) == exact_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hoa", "Hòa"), ("Hóa", "Hoà"), ("Dung", "Dũng"), ("An", "Ân"), ("mùa", "muà")]
)
def test_exact_key_tells_spellings_apart(one, other):
    assert exact_key(one) != exact_key(other)


@given(syllables(), st.sampled_from(["oa", "oe", "uy"]), st.sampled_from(TONE_MARKS[1:]))
def test_exact_key_never_depends_on_the_place_of_the_tone(before, vowels, tone):
    old_style = f"{before} h{vowels[0]}{tone}{vowels[1]}"
    new_style = f"{before} h{vowels}{tone}"
    assert exact_key(old_style) == exact_key(new_style)
    assert fold(old_style) == fold(new_style)


def dictionary_order(part: str) -> tuple:
    """The order of one part of a name by the rules, letter by letter; nothing shared with the module."""
    letters, tones = [], []
    for word in part.lower().split():
        pieces = unicodedata.normalize("NFD", word)
        tone = next((mark for mark in TONE_MARKS[1:] if mark in pieces), "")
        toneless = unicodedata.normalize(
            "NFC", "".join(piece for piece in pieces if piece not in TONE_MARKS[1:])
        )
        letters.append([ALPHABET.index(letter) for letter in toneless])
        tones.append(TONE_MARKS.index(tone))
    return letters, tones


@given(names, names)
@example(("Nguyễn", "", "Hóa"), ("Nguyễn", "", "Hoà"))
@example(("Tôn Nữ", "", "An"), ("Tông", "", "An"))
@example(("Lê", "", "Anh"), ("Lê", "", "Ánh"))
@example(("Lê", "", "Ân"), ("Lê", "", "Anh"))
def test_sorting_follows_the_dictionary(one, other):
    def expected(name):
        family, middle, given = name
        return [dictionary_order(part) for part in (given, family, middle)]

    def key(name):
        family, middle, given = name
        return sort_key(family, middle, given).encode()

    assert (key(one) < key(other)) == (expected(one) < expected(other))
    assert (key(one) == key(other)) == (expected(one) == expected(other))


def test_the_six_tones_in_order():
    shuffled = ["lã", "lạ", "là", "la", "lá", "lả"]
    for key in (lambda word: sort_key("", "", word), lambda word: sort_key(word, "", "An")):
        assert sorted(shuffled, key=key) == ["la", "là", "lả", "lã", "lá", "lạ"]


@given(st.lists(st.tuples(st.sampled_from(TONE_MARKS), st.sampled_from(TONE_MARKS)), min_size=1, max_size=3))
def test_the_first_tone_that_differs_decides(tones):
    one, other = (" ".join("ho" + pair[side] + "a" for pair in tones) for side in (0, 1))
    order_of_one, order_of_other = ([TONE_MARKS.index(pair[side]) for pair in tones] for side in (0, 1))
    key_of_one, key_of_other = (sort_key("Lê", "", given).encode() for given in (one, other))
    assert (key_of_one < key_of_other) == (order_of_one < order_of_other)
    # Letters decide before any tone.
    assert key_of_one < sort_key("Lê", "", other + "n").encode()


def test_a_list_of_names_in_order():
    ordered = [
        *("Trần Văn An", "Lê Thị Anh", "Đặng Thị Ánh", "Đoàn Thị Ánh", "Nguyễn Thị Ánh", "Nguyễn Văn Ánh"),
        *(
            "Lê Ân",
            "Lê Hoà Bảo",
            "Lê Bình",
            "Lê Dung",
            "Lê Dũng",
            "Lê Đức",
            "Lê Hoa",
            "Lê Hòa",
            "Lê Hoá",
            "Lê Ý",
        ),
    ]
    shuffled = sorted(ordered, key=lambda full: full[::-1])
    assert shuffled != ordered

    def key(full):
        name = split_name(full)
        return sort_key(name.family, name.middle, name.given).encode()

    assert sorted(shuffled, key=key) == ordered


def test_capitals_and_tone_placement_do_not_change_the_order():
    assert sort_key("ĐẶNG", "THỊ", "HOÀ") == sort_key("Đặng", "Thị", "Hòa") == sort_key("Ðặng", "thị", "hoà")


@given(hostile_text)
def test_the_keys_take_any_text(text):
    for key in (fold(text), fold_query(text), exact_key(text), sort_key(text, text, text)):
        assert isinstance(key, str)


@pytest.mark.parametrize(
    ("honorific", "given", "spoken"),
    [
        ("chi", "Ánh", "chị Ánh"),
        ("chị", "Ánh", "chị Ánh"),
        ("ba", "Tư", "bà Tư"),
        ("", "Ánh", "quý khách"),
        ("anh", "", "quý khách"),
        ("quy_khach", "Ánh", "quý khách"),
    ],
)
def test_people_are_addressed_by_given_name(honorific, given, spoken):
    assert address_as(honorific, given) == spoken


@pytest.mark.parametrize(
    ("gender", "birth_year", "code"),
    [
        ("male", 1990, "anh"),
        ("female", 1990, "chi"),
        ("female", None, "chi"),
        ("male", 1966, "ong"),
        ("female", 1966, "ba"),
        ("male", 1967, "anh"),
        ("male", 2008, "anh"),
        ("male", 2009, "quy_khach"),
        ("unknown", 1950, "quy_khach"),
        ("other", 1990, "quy_khach"),
    ],
)
def test_the_first_guess_of_an_honorific_offends_nobody(gender, birth_year, code):
    assert default_honorific(gender, birth_year, 2026) == code
