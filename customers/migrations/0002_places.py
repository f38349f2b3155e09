import csv
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DATA = Path(__file__).resolve().parent.parent / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def load_places(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    province_model = apps.get_model("customers", "Province")
    ward_model = apps.get_model("customers", "Ward")
    province_model.objects.bulk_create(
        province_model(
            code=row["nso_code"], name=row["name"], full_name=row["full_name"], region=row["region"]
        )
        for row in read("provinces.csv")
    )
    ward_model.objects.bulk_create(
        (
            ward_model(code=row["code"], name=row["full_name"], province_id=row["province_code"])
            for row in read("wards.csv")
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunPython(load_places, migrations.RunPython.noop)]
