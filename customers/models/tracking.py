from typing import Any

import pghistory

# Who made a change stands in the history row itself: reading history needs no join.
WHO_BESIDE_EACH_CHANGE: dict[str, Any] = {
    "context_field": pghistory.ContextJSONField(),
    "context_id_field": None,
}
