from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

REPORTS = ["view_segment", "refresh_segment"]
PERMISSIONS = {Role.MANAGER: REPORTS, Role.ADMIN: [*REPORTS, "change_segment", "view_refreshrun"]}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="segments", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("segments", "0002_system_segments")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
