"""The closed lists of the domain, in the order in which people read them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Gender(TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")
    OTHER = "other", pgettext_lazy("gender", "Other")
    UNKNOWN = "unknown", _("Unknown")


class Honorific(TextChoices):
    ANH = "anh", _("anh (Mr, of your age or a little older)")
    CHI = "chi", _("chị (Ms, of your age or a little older)")
    CO = "co", _("cô (Ms, of your parents' age)")
    CHU = "chu", _("chú (Mr, of your parents' age)")
    BAC = "bac", _("bác (older than your parents)")
    ONG = "ong", _("ông (Mr, elderly)")
    BA = "ba", _("bà (Ms, elderly)")
    EM = "em", _("em (younger)")
    QUY_KHACH = "quy_khach", _("quý khách (honoured customer)")


class Education(TextChoices):
    PRIMARY = "primary", _("Primary school")
    LOWER_SECONDARY = "lower_secondary", _("Lower secondary school")
    UPPER_SECONDARY = "upper_secondary", _("Upper secondary school")
    VOCATIONAL = "vocational", _("Vocational school")
    COLLEGE = "college", _("College")
    UNIVERSITY = "university", _("University degree")
    POSTGRADUATE = "postgraduate", _("Postgraduate")
    UNKNOWN = "unknown", _("Unknown")


class Occupation(TextChoices):
    """Level 1 of the occupation list of Decision 34/2020/QĐ-TTg, and the groups outside paid work."""

    ARMED_FORCES = "0", _("Armed forces")
    MANAGERS = "1", _("Leaders and managers")
    PROFESSIONALS = "2", _("Professionals")
    TECHNICIANS = "3", _("Technicians and associate professionals")
    CLERKS = "4", _("Office clerks")
    SERVICE_SALES = "5", _("Service and sales workers")
    AGRICULTURE = "6", _("Skilled farming, forestry and fishery workers")
    CRAFT = "7", _("Craft workers")
    OPERATORS = "8", _("Machine operators and assemblers")
    ELEMENTARY = "9", _("Unskilled workers")
    STUDENT = "student", _("Pupil or student")
    HOMEMAKER = "homemaker", _("Homemaker")
    RETIRED = "retired", _("Retired")
    NOT_WORKING = "not_working", _("Not working")
    UNKNOWN = "unknown", _("Unknown")


class MaritalStatus(TextChoices):
    SINGLE = "single", _("Single")
    MARRIED = "married", _("Married")
    DIVORCED = "divorced", _("Divorced")
    WIDOWED = "widowed", _("Widowed")
    UNKNOWN = "unknown", _("Unknown")


class IncomeBand(TextChoices):
    """Income a month, in million đồng; the lower bound belongs to the band."""

    UNDER_5 = "under_5", _("under 5 million")
    FROM_5 = "from_5", _("5 to under 10 million")
    FROM_10 = "from_10", _("10 to under 15 million")
    FROM_15 = "from_15", _("15 to under 20 million")
    FROM_20 = "from_20", _("20 to under 30 million")
    FROM_30 = "from_30", _("30 to under 50 million")
    FROM_50 = "from_50", _("50 million and more")
    UNKNOWN = "unknown", _("Unknown")


class IncomeBasis(TextChoices):
    DECLARED = "declared", _("told by the customer")
    ESTIMATED = "estimated", _("estimated")


class Source(TextChoices):
    WALK_IN = "walk_in", _("Came to the store")
    REFERRAL = "referral", _("Referred by someone")
    SOCIAL = "social", _("Social network")
    MARKETPLACE = "marketplace", _("Marketplace")
    WEBSITE = "website", _("Website or app")
    HOTLINE = "hotline", _("Hotline")
    EVENT = "event", _("Event or programme")
    FIELD = "field", _("Field staff")
    IMPORT = "import", _("Imported list")
    OTHER = "other", pgettext_lazy("source", "Other")


class HouseholdRole(TextChoices):
    HEAD = "head", _("Head of household")
    SPOUSE = "spouse", _("Wife or husband")
    CHILD = "child", _("Child")
    PARENT = "parent", _("Parent")
    SIBLING = "sibling", _("Brother or sister")
    OTHER = "other", pgettext_lazy("household", "Other member")


class PhoneLabel(TextChoices):
    MOBILE = "mobile", _("Mobile phone")
    HOME = "home", pgettext_lazy("phone", "Home")
    WORK = "work", pgettext_lazy("phone", "Work")
    ZALO = "zalo", _("Zalo")
    FAMILY = "family", _("A family member's")
    OTHER = "other", pgettext_lazy("phone", "Other")


class EmailLabel(TextChoices):
    PERSONAL = "personal", _("Personal")
    WORK = "work", pgettext_lazy("email", "Work")
    OTHER = "other", pgettext_lazy("email", "Other")


class Channel(TextChoices):
    """Where a purchase was made."""

    STORE = "store", _("In store")
    MARKETPLACE = "marketplace", _("Marketplace")
    SOCIAL = "social", _("Social network")
    WEBSITE = "website", _("Website or app")
    PHONE = "phone", _("Phone")
    FIELD = "field", _("Field staff")

    @property
    def is_online(self) -> bool:
        return self in ONLINE_CHANNELS


ONLINE_CHANNELS = frozenset({Channel.MARKETPLACE, Channel.SOCIAL, Channel.WEBSITE})
