"""What the database itself keeps of customers, whichever way they are written."""

import pgtrigger

# Which rows of a statement are other than before is asked by EXCEPT. PostgreSQL keeps the plan of the first
# call, which may have been for one row: a join could then compare each of a thousand rows with each.

ASSIGNMENT_TRIGGERS = (
    pgtrigger.Trigger(
        name="begin_assignment",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(new="new_rows"),
        declare=[("said", "jsonb"), ("who", "bigint"), ("why", "text")],
        func="""
            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;
            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id)
            SELECT id, owner_id, created_at, who FROM new_rows WHERE owner_id IS NOT NULL;
            RETURN NULL;
        """,
    ),
    pgtrigger.Trigger(
        name="change_assignment",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        declare=[("said", "jsonb"), ("who", "bigint"), ("why", "text")],
        func="""
            IF NOT EXISTS (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) THEN
                RETURN NULL;
            END IF;
            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;
            why := left(coalesce(said ->> 'reason', ''), 255);
            UPDATE customers_assignment kept SET until = greatest(now(), kept.since)
            FROM (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) moved
            WHERE kept.customer_id = moved.id AND kept.until IS NULL;
            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id, reason)
            SELECT moved.id, moved.owner_id, greatest(now(), customer.created_at), who, why
            FROM (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) moved
            JOIN customers_customer customer ON customer.id = moved.id
            WHERE moved.owner_id IS NOT NULL;
            RETURN NULL;
        """,
    ),
)

TRASH_TRIGGER = pgtrigger.Trigger(
    name="carry_to_identifiers",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    level=pgtrigger.Statement,
    referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
    func="""
        IF NOT EXISTS (
            SELECT id, trashed_at IS NULL FROM new_rows EXCEPT SELECT id, trashed_at IS NULL FROM old_rows
        ) THEN
            RETURN NULL;
        END IF;
        UPDATE customers_customeridentifier kept SET is_trashed = changed.trashed_at IS NOT NULL
        FROM new_rows changed
        WHERE kept.customer_id = changed.id AND kept.is_trashed <> (changed.trashed_at IS NOT NULL);
        RETURN NULL;
    """,
)
