from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, FilteredRelation, Q
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User

# What the address of the list can hold.
LONGEST_STATE = 6000


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """The views of a person, and those that colleagues share with the branch of that person."""
        shared = Q(shared_with=user.branch_id) if user.branch_id else Q()
        return self.filter(Q(owner=user.pk) | shared)

    def editable_by(self, user: User) -> SavedViewQuerySet:
        return self.filter(owner=user)

    def for_menu(self, user: User) -> SavedViewQuerySet:
        """The views that a person can open, with what that person made of them."""
        kept = FilteredRelation("choices", condition=Q(choices__user=user.pk))
        return (
            self.visible_to(user)
            .annotate(kept=kept)
            .annotate(
                is_mine=ExpressionWrapper(Q(owner=user.pk), output_field=BooleanField()),
                is_pinned=Coalesce("kept__is_pinned", False),
                is_default=Coalesce("kept__is_default", False),
            )
            .order_by(Lower("name"), "pk")
        )


class SavedView(models.Model):
    """A list of customers under a name: its conditions, order and columns, as its address says them."""

    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="saved_views"
    )
    name = models.CharField(_("name"), max_length=80)
    shared_with = models.ForeignKey(
        Branch,
        verbose_name=_("shared with the branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    state = models.CharField(_("conditions, order and columns"), max_length=LONGEST_STATE, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                name="view_name_once_a_person",
                violation_error_message=_("You have a view of this name already. Choose another name."),
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"\S"),
                name="view_has_a_name",
                violation_error_message=_("Give the view a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('customers:list')}?view={self.pk}"


class ViewChoice(models.Model):
    """What one person made of a view: pinned above the list, or opened first."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="choices")
    is_pinned = models.BooleanField(_("pinned"), default=False)
    is_default = models.BooleanField(_("opened first"), default=False)

    class Meta:
        verbose_name = _("choice of views")
        verbose_name_plural = _("choices of views")
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="view_choice_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="view_one_default"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id}"
