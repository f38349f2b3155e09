from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(
        apps,
        app_label="accounts",
        permissions={
            Role.STAFF: [],
            Role.MANAGER: [],
            Role.ADMIN: [
                "open_admin_user",
                *(
                    f"{action}_{model}"
                    for model in ("user", "branch")
                    for action in ("view", "add", "change")
                ),
                "delete_branch",
            ],
        },
    )
    grant(apps, app_label="auth", permissions={Role.ADMIN: ["view_group", "change_group"]})


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_cache_table"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
