from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

CARE = ["view_customer", "add_customer", "change_customer", "deactivate_customer"]
PERMISSIONS = {
    Role.STAFF: CARE,
    Role.MANAGER: [*CARE, "view_branch_customer"],
    Role.ADMIN: [*CARE, "view_all_customer"],
}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("customers", "0002_places")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
