from __future__ import annotations

import datetime
from collections.abc import Hashable
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.trees import TreeQuerySet, refuse_cycle


class Branch(models.Model):
    """A unit of the firm: divisions at the top, branches beneath them, at any depth."""

    class Kind(models.TextChoices):
        DIVISION = "division", _("Division")
        BRANCH = "branch", _("Branch")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.BRANCH)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("belongs to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    staff_read_all = models.BooleanField(
        _("staff read all customers of this branch"),
        default=False,
        help_text=_("For shop counters: staff of this branch may read, not edit, all of its customers."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = TreeQuerySet["Branch"].as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="branch_not_its_own_parent",
                violation_error_message=_("A branch cannot belong to itself. Choose another unit."),
            ),
        ]
        triggers = [refuse_cycle("accounts_branch")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.pk and self.parent_id and self.parent_id in Branch.objects.beneath(self.pk):
            raise ValidationError(
                {
                    "parent": _(
                        "A branch cannot belong to itself or to a unit beneath it. Choose another unit."
                    )
                }
            )
        if self.pk and not self.is_active and self._is_in_use():
            raise ValidationError(
                {
                    "is_active": _(
                        "Active people or branches still belong to this unit. Move or deactivate them first."
                    )
                }
            )

    def _is_in_use(self) -> bool:
        return self.children.filter(is_active=True).exists() or self.people.filter(is_active=True).exists()


# The permissions of a user, own and by role. Written out, because every request asks for them: as expressions
# of Django they cost more to put together than to run.
PERMISSION_NAMES = RawSQL(
    """
    ARRAY(
        SELECT type.app_label || '.' || permission.codename
        FROM auth_permission permission JOIN django_content_type type ON type.id = permission.content_type_id
        WHERE permission.id IN (
            SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = accounts_user.id
            UNION ALL
            SELECT granted.permission_id FROM accounts_user_groups role
            JOIN auth_group_permissions granted ON granted.group_id = role.group_id
            WHERE role.user_id = accounts_user.id
        )
    )
    """,
    (),
    output_field=ArrayField(models.TextField()),
)


# For whom a user stands in today, read with them for the same reason.
STANDING_IN_FOR = RawSQL(
    """
    ARRAY(
        SELECT away_id FROM accounts_cover
        WHERE stand_in_id = accounts_user.id AND ended_at IS NULL
            AND (now() AT TIME ZONE %s)::date BETWEEN from_on AND until_on
    )
    """,
    (settings.TIME_ZONE,),
    output_field=ArrayField(models.BigIntegerField()),
)


# The branch of a user and those beneath it, as `TreeQuerySet.beneath` finds them, in the same query.
OWN_BRANCHES = RawSQL(
    """
    ARRAY(
        WITH RECURSIVE beneath(id) AS (
            SELECT accounts_user.branch_id WHERE accounts_user.branch_id IS NOT NULL
            UNION
            SELECT branch.id FROM accounts_branch branch JOIN beneath ON branch.parent_id = beneath.id
        )
        SELECT id FROM beneath
    )
    """,
    (),
    output_field=ArrayField(models.BigIntegerField()),
)


class UserManager(BaseUserManager["User"]):
    def with_permissions(self) -> models.QuerySet[Any]:
        """People with branches, permissions and covers: what every request needs of whoever asks."""
        return self.select_related("branch").annotate(
            permission_names=PERMISSION_NAMES, standing_in_for=STANDING_IN_FOR, own_branches=OWN_BRANCHES
        )

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> User:
        return self.create_user(username, email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the firm: the role (a group) says what they may do, role and branch whom they see."""

    username = models.CharField(
        _("user name"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This user name is taken. Choose another one.")},
    )
    email = models.EmailField(_("email"), blank=True)
    full_name = models.CharField(_("full name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Someone who has left is made inactive, never deleted.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["full_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_any_case",
                violation_error_message=_("This user name is taken. Choose another one."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_any_case",
                violation_error_message=_("Another user has this email. Give each user their own."),
            ),
            models.CheckConstraint(
                # People log in by either: one person's name must never read as another one's email.
                condition=~Q(username__contains="@"),
                name="user_name_is_no_email",
                violation_error_message=_(
                    "A user name has no @. Leave it out: people can log in by email too."
                ),
            ),
        ]
        permissions = [("open_admin_user", _("Can open the administration pages"))]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def is_staff(self) -> bool:
        """What Django admin asks; a permission of the administrator role, not a flag of its own."""
        return self.is_active and self.has_perm("accounts.open_admin_user")

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).rsplit(" ", 1)[-1]

    @cached_property
    def all_permissions(self) -> set[str]:
        """Permissions, own and by role, as `app.codename`; a superuser holds every one."""
        if self.is_superuser:
            names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            return {f"{app_label}.{codename}" for app_label, codename in names}
        return set(self._as_asking.permission_names)

    @cached_property
    def covered_ids(self) -> frozenset[int]:
        """The colleagues on leave for whom this person stands in today."""
        return frozenset(self._as_asking.standing_in_for)

    @cached_property
    def branch_ids(self) -> set[int]:
        """The branches that a manager answers for: their own and those beneath it."""
        return set(self._as_asking.own_branches)

    @property
    def reach(self) -> Hashable:
        """All that decides whom this person sees and what they may do: equal while neither changes."""
        reads_all = self.branch is not None and self.branch.staff_read_all
        own = (self.branch_id, reads_all, frozenset(self.branch_ids))
        return (frozenset(self.all_permissions), self.covered_ids, *own)

    @cached_property
    def _as_asking(self) -> Any:
        """This person as `with_permissions` reads whoever asks; read once, where somebody else read them."""
        if hasattr(self, "permission_names"):
            return self
        return User.objects.with_permissions().get(pk=self.pk)

    @cached_property
    def role(self) -> Role | None:
        names = set(self.groups.values_list("name", flat=True))
        return next((role for role in (Role.ADMIN, Role.MANAGER, Role.STAFF) if role in names), None)


class CoverQuerySet(models.QuerySet["Cover"]):
    def open(self) -> CoverQuerySet:
        """Covers of today and of days to come."""
        return self.filter(ended_at__isnull=True, until_on__gte=timezone.localdate())

    def within(self, first: datetime.date, last: datetime.date) -> CoverQuerySet:
        """Covers of which at least one day is among these."""
        return self.filter(ended_at__isnull=True, from_on__lte=last, until_on__gte=first)


class Cover(models.Model):
    """A colleague who looks after the customers of somebody on leave, from the first to the last day.

    It ends by itself. It is not handed on: who covers somebody does not see whom that person covers.
    """

    away = models.ForeignKey(
        User, verbose_name=_("person on leave"), on_delete=models.CASCADE, related_name="covers"
    )
    stand_in = models.ForeignKey(
        User, verbose_name=_("stand-in"), on_delete=models.CASCADE, related_name="standing_in"
    )
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)

    objects = CoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        ordering = ["from_on", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(away=F("stand_in")),
                name="cover_by_somebody_else",
                violation_error_message=_("Nobody covers for themselves. Choose a colleague."),
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")),
                name="cover_ends_after_it_begins",
                violation_error_message=_("The last day comes before the first. Check both days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.away} – {self.stand_in}"


def display_name(user: User) -> str:
    return str(user)
