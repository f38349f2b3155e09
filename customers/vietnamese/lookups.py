from django.db.models import CharField, TextField, Transform


class Folded(Transform):
    """Text in its search form: `full_name__folded__contains="thi hoa"` finds Thị Hoà and Thị Hòa.

    Both sides are folded, so that what is typed may have accents, or capitals, or neither.
    """

    lookup_name = "folded"
    function = "vn_fold"
    bilateral = True
    output_field = TextField()


def register() -> None:
    """Gives the look-up to the text fields of every app, as `unaccent` of Django's own is given."""
    for field in (CharField, TextField):
        field.register_lookup(Folded)
