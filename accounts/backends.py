from allauth.account.auth_backends import AuthenticationBackend

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User

_WHO_ASKS = CompiledQuery(lambda: User.objects.with_permissions().filter(pk=Given("user")))


class Backend(AuthenticationBackend):
    """Log in by user name or email; a request then costs one query for the person and permissions."""

    def get_user(self, user_id: int) -> User | None:
        found: list[User] = _WHO_ASKS(user=user_id)
        return next((user for user in found if self.user_can_authenticate(user)), None)

    def get_all_permissions(self, user_obj: User, obj: object = None) -> set[str]:
        """Own and group permissions as `app.action_model`."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        return user_obj.all_permissions
