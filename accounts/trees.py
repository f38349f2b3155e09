"""What every tree of rows with a `parent` shares: going down it, and refusing cycles."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeVar

import pgtrigger
from django.db import models

Node = TypeVar("Node", bound=models.Model)


class TreeQuerySet(models.QuerySet[Node]):
    def beneath(self, node_id: int) -> set[int]:
        """The ids of a node and of every node under it, at any depth, in one query."""
        children: dict[int | None, list[int]] = defaultdict(list)
        for pk, parent_id in self.order_by().values_list("pk", "parent_id"):
            children[parent_id].append(pk)
        found = {node_id}
        waiting = [node_id]
        while waiting:
            below = [pk for pk in children[waiting.pop()] if pk not in found]
            found.update(below)
            waiting.extend(below)
        return found


def refuse_cycle(table: str) -> pgtrigger.Trigger:
    """A trigger that keeps the rows of a table a tree, whoever writes."""
    return pgtrigger.Trigger(
        name="refuse_cycle",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
        declare=[("looped", "boolean")],
        func=f"""
            WITH RECURSIVE above(id, parent_id) AS (
                SELECT node.id, node.parent_id FROM {table} node WHERE node.id = NEW.parent_id
                UNION
                SELECT node.id, node.parent_id FROM {table} node JOIN above ON node.id = above.parent_id
            )
            SELECT EXISTS (SELECT 1 FROM above WHERE id = NEW.id) INTO looped;
            IF looped THEN
                RAISE EXCEPTION 'the tree has a cycle' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - the table is named by our own models, never by a user
    )
