from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

CATALOGUE = [f"{action}_{model}" for model in ("category", "product") for action in ("view", "add", "change")]
PERMISSIONS = {
    Role.STAFF: ["view_purchase"],
    Role.MANAGER: ["view_purchase"],
    Role.ADMIN: ["view_purchase", *CATALOGUE, "delete_category", "delete_product"],
}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="purchases", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("purchases", "0001_initial")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
