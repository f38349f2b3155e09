from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

CARE = ["view_interaction", "add_interaction"]
PERMISSIONS = {Role.STAFF: CARE, Role.MANAGER: CARE, Role.ADMIN: CARE}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="interactions", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("interactions", "0001_initial")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
