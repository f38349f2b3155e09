"""What the database itself keeps of customers, whichever way they are written."""

import pgtrigger

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
            IF NOT EXISTS (
                SELECT FROM new_rows changed JOIN old_rows former ON former.id = changed.id
                WHERE former.owner_id IS DISTINCT FROM changed.owner_id
            ) THEN
                RETURN NULL;
            END IF;
            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;
            why := left(coalesce(said ->> 'reason', ''), 255);
            UPDATE customers_assignment kept SET until = greatest(now(), kept.since)
            FROM new_rows changed JOIN old_rows former ON former.id = changed.id
            WHERE kept.customer_id = changed.id AND kept.until IS NULL
                AND former.owner_id IS DISTINCT FROM changed.owner_id;
            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id, reason)
            SELECT changed.id, changed.owner_id, greatest(now(), changed.created_at), who, why
            FROM new_rows changed JOIN old_rows former ON former.id = changed.id
            WHERE former.owner_id IS DISTINCT FROM changed.owner_id AND changed.owner_id IS NOT NULL;
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
            SELECT FROM new_rows changed JOIN old_rows former ON former.id = changed.id
            WHERE (former.trashed_at IS NULL) <> (changed.trashed_at IS NULL)
        ) THEN
            RETURN NULL;
        END IF;
        UPDATE customers_customeridentifier kept SET is_trashed = changed.trashed_at IS NOT NULL
        FROM new_rows changed
        WHERE kept.customer_id = changed.id AND kept.is_trashed <> (changed.trashed_at IS NOT NULL);
        RETURN NULL;
    """,
)
