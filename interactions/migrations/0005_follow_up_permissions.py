from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

PERMISSIONS = {role: ["view_followup", "add_followup", "change_followup"] for role in Role}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="interactions", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("interactions", "0004_follow_ups")]

    operations = [migrations.RunPython(grant_permissions, migrations.RunPython.noop)]
