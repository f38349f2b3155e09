"""Giving customers tags and taking them back."""

from __future__ import annotations

from collections.abc import Collection

import pghistory
from django.db import transaction

from accounts.models import User
from customers.models import Customer, CustomerTag, Tag


def change_tags(*, customer: Customer, give: Collection[Tag], take: Collection[Tag], by: User) -> bool:
    """Give and take tags, whatever others have given and taken meanwhile; False where all was so already.

    Raises Customer.DoesNotExist where the customer is no longer there.
    """
    with pghistory.context(user=by.pk), transaction.atomic():
        # A merge that hands the tags of this customer over at this moment comes before or after.
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
        taken, _tables = CustomerTag.objects.filter(customer=customer, tag__in=take).delete()
        had = set(CustomerTag.objects.filter(customer=customer).values_list("tag_id", flat=True))
        given = [CustomerTag(customer=customer, tag=tag, by=by) for tag in give if tag.pk not in had]
        CustomerTag.objects.bulk_create(given)
    return bool(taken or given)
