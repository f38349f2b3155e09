"""What lists from outside call the values of our closed lists: codes, labels and common words."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from django.db.models import TextChoices
from django.utils import translation

from customers.choices import (
    Channel,
    Education,
    Gender,
    Honorific,
    MaritalStatus,
    Occupation,
    Source,
)
from customers.said import said as _
from customers.vietnamese.names import clean, fold
from customers.vietnamese.typed import InputError

UNKNOWN_WORDS = ("chua ro", "khong ro", "chua biet", "unknown", "n/a", "na", "-")
# By folded word; a list may not use a word for two values.
WORDS: Mapping[type[TextChoices], Mapping[str, str]] = {
    Gender: {
        **dict.fromkeys(("m", "man", "nam gioi", "trai", "ong", "anh"), Gender.MALE),
        **dict.fromkeys(("f", "woman", "nu gioi", "gai", "ba", "chi"), Gender.FEMALE),
        **dict.fromkeys(("gioi tinh thu ba", "third", "khac", "other"), Gender.OTHER),
    },
    Honorific: {
        **dict.fromkeys(("mr", "mr."), Honorific.ANH),
        **dict.fromkeys(("ms", "ms.", "mrs", "mrs."), Honorific.CHI),
        "quy khach": Honorific.QUY_KHACH,
    },
    Education: {
        "cap 1": Education.PRIMARY,
        **dict.fromkeys(("thcs", "cap 2"), Education.LOWER_SECONDARY),
        **dict.fromkeys(("thpt", "cap 3", "high school"), Education.UPPER_SECONDARY),
        **dict.fromkeys(("trung cap", "vocational"), Education.VOCATIONAL),
        "cao dang": Education.COLLEGE,
        **dict.fromkeys(("dai hoc", "cu nhan", "ky su", "bachelor", "university"), Education.UNIVERSITY),
        **dict.fromkeys(
            ("sau dai hoc", "thac si", "tien si", "master", "phd", "doctorate"), Education.POSTGRADUATE
        ),
    },
    Occupation: {
        **dict.fromkeys(("hoc sinh", "sinh vien", "student"), Occupation.STUDENT),
        **dict.fromkeys(("noi tro", "housewife"), Occupation.HOMEMAKER),
        **dict.fromkeys(("huu tri", "nghi huu", "retired"), Occupation.RETIRED),
        **dict.fromkeys(("that nghiep", "unemployed"), Occupation.NOT_WORKING),
    },
    MaritalStatus: {
        **dict.fromkeys(
            ("chua ket hon", "chua lap gia dinh", "unmarried", "never married"), MaritalStatus.SINGLE
        ),
        **dict.fromkeys(("ket hon", "co gia dinh", "da lap gia dinh"), MaritalStatus.MARRIED),
        **dict.fromkeys(("da ly hon", "ly than", "separated"), MaritalStatus.DIVORCED),
        **dict.fromkeys(("widow", "widower"), MaritalStatus.WIDOWED),
    },
    Channel: {
        **dict.fromkeys(("cua hang", "tai cua hang", "truc tiep", "offline", "shop", "pos"), Channel.STORE),
        **dict.fromkeys(
            ("san tmdt", "shopee", "lazada", "tiki", "sendo", "tiktok shop"), Channel.MARKETPLACE
        ),
        **dict.fromkeys(("facebook", "zalo", "instagram", "tiktok", "fanpage"), Channel.SOCIAL),
        **dict.fromkeys(("web", "app", "online", "website/app", "truc tuyen"), Channel.WEBSITE),
        **dict.fromkeys(("dien thoai", "hotline", "tong dai"), Channel.PHONE),
        **dict.fromkeys(("thi truong", "nhan vien thi truong", "field staff"), Channel.FIELD),
    },
    Source: {
        **dict.fromkeys(("tai cua hang", "cua hang", "vang lai"), Source.WALK_IN),
        **dict.fromkeys(("gioi thieu", "ban be gioi thieu"), Source.REFERRAL),
        **dict.fromkeys(("facebook", "zalo", "tiktok"), Source.SOCIAL),
        **dict.fromkeys(("shopee", "lazada", "tiki"), Source.MARKETPLACE),
        **dict.fromkeys(("web", "app"), Source.WEBSITE),
        "tong dai": Source.HOTLINE,
        "su kien": Source.EVENT,
    },
}
LANGUAGES = ("en", "vi")
_EXPLANATION = re.compile(r"\s*\(.*\)$")


@cache
def meanings(choices: type[TextChoices]) -> Mapping[str, str]:
    """The value behind each folded code, label and word of a list of `customers`."""
    return meanings_with(choices, WORDS.get(choices, {}))


def meanings_with(choices: type[TextChoices], words: Mapping[str, str]) -> Mapping[str, str]:
    """The value behind each folded code, label (in both languages) and word; codes win over words."""
    known = {word: str(value) for word, value in words.items()}
    if "unknown" in choices.values:
        known.update(dict.fromkeys(UNKNOWN_WORDS, "unknown"))
    for spoken in LANGUAGES:
        with translation.override(spoken):
            for value, label in choices.choices:
                for text in (str(label), _EXPLANATION.sub("", str(label)), str(value).replace("_", " ")):
                    known[fold(clean(text))] = str(value)
    known.update({fold(clean(str(value))): str(value) for value in choices.values})
    return known


def read_choice(text: str, choices: type[TextChoices]) -> str:
    """The value of a closed list that a text means. Raises InputError naming what is allowed."""
    return meaning_of(text, choices) or pick(text, meanings(choices), choices)


@lru_cache(maxsize=20_000)
def meaning_of(text: str, choices: type[TextChoices]) -> str | None:
    """The value that a text means, if any; lists use the same few words in every row."""
    return meanings(choices).get(fold(clean(text)))


def pick(text: str, known: Mapping[str, str], choices: type[TextChoices]) -> str:
    """As `read_choice`, with the meanings at hand."""
    value = known.get(fold(clean(text)))
    if value is None:
        raise InputError(
            _("“%(text)s” is not known. Allowed: %(allowed)s. Other words can be translated in the mapping.")
            % {"text": text[:40], "allowed": ", ".join(str(value) for value in choices.values)}
        )
    return value
