from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from customers.importing.errors import ImportFileError
from purchases.importing.plan import Step, read_plan
from purchases.models import Purchase
from tests.importing import write


def test_paths_of_a_plan_are_beside_it(tmp_path):
    plan = write(
        tmp_path / "import.toml",
        """
        data = "files"
        [[step]]
        kind = "purchases"
        file = "lines.csv"
        mapping = "m.toml"
        create_customers = true
        """,
    )
    assert read_plan(plan, None) == [
        Step("purchases", tmp_path / "files" / "lines.csv", tmp_path / "m.toml", create_customers=True)
    ]
    assert read_plan(plan, Path("/data"))[0].file == Path("/data/lines.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"\[\[step\]\]"),
        ("step = 3", r"\[\[step\]\]"),
        ('dat = "x"\n[[step]]\nkind = "customers"\nfile = "a"', "“data”"),
        ('[[step]]\nkind = "customers"', "“file”"),
        ('[[step]]\nkind = "shops"\nfile = "a"', "customers, purchases"),
        ('[[step]]\nkind = "customers"\nfile = "a"\nmaping = "b"', "mapping"),
        ("[[step", "not valid TOML"),
    ],
)
def test_a_wrong_plan_says_what_is_allowed(tmp_path, text, said):
    with translation.override("en"), pytest.raises(ImportFileError, match=said):
        read_plan(write(tmp_path / "import.toml", text), None)


@pytest.mark.django_db
def test_the_steps_run_in_order_and_tell_what_they_did(tmp_path, capsys):
    write(tmp_path / "c.csv", "external_id,full_name\n1,An\n")
    write(tmp_path / "p.csv", "customer_external_id,purchase_no,purchased_at,line_total\n1,A1,2024-05-14,7\n")
    steps = '[[step]]\nkind = "customers"\nfile = "c.csv"\n[[step]]\nkind = "purchases"\nfile = "p.csv"\n'
    plan = write(tmp_path / "import.toml", steps)
    call_command("import_all", plan, "--language", "en")
    said = capsys.readouterr().out
    assert said.index("c.csv:") < said.index("p.csv:")
    assert said.count("Rows: 1 read, 1 created, 0 updated, 0 unchanged, 0 rejected.") == 2
    assert Purchase.objects.get().customer.given_name == "An"


@pytest.mark.django_db
def test_a_file_that_is_not_there_ends_the_command_with_a_sentence(tmp_path):
    plan = write(tmp_path / "import.toml", '[[step]]\nkind = "customers"\nfile = "c.csv"\n')
    with pytest.raises(CommandError, match=r"c\.csv"):
        call_command("import_all", plan)
