from customers.models.assignment import Assignment
from customers.models.attachment import Attachment, AttachmentQuerySet
from customers.models.behaviour import CustomerBehaviour, CustomerBehaviourQuerySet
from customers.models.bulk import ChangeBatch, ChangeRow
from customers.models.consent import NEEDS_CONTACT, Consent, ConsentPurpose
from customers.models.contact import CustomerIdentifier, Email, Phone
from customers.models.customer import Customer, CustomerQuerySet
from customers.models.duplicate import DuplicatePair, DuplicatePairQuerySet, Evidence
from customers.models.export import CustomerExport
from customers.models.household import Household
from customers.models.imports import ImportRow, ImportRun
from customers.models.merge import CustomerMerge, CustomerMergeQuerySet
from customers.models.observation import INFLUENCES, Observation, ObservationKind
from customers.models.places import Province, Ward
from customers.models.relation import Relation, RelationKind
from customers.models.saved_view import SavedView, SavedViewQuerySet, ViewChoice
from customers.models.tag import CustomerTag, Tag

__all__ = [
    "INFLUENCES",
    "NEEDS_CONTACT",
    "Assignment",
    "Attachment",
    "AttachmentQuerySet",
    "ChangeBatch",
    "ChangeRow",
    "Consent",
    "ConsentPurpose",
    "Customer",
    "CustomerBehaviour",
    "CustomerBehaviourQuerySet",
    "CustomerExport",
    "CustomerIdentifier",
    "CustomerMerge",
    "CustomerMergeQuerySet",
    "CustomerQuerySet",
    "CustomerTag",
    "DuplicatePair",
    "DuplicatePairQuerySet",
    "Email",
    "Evidence",
    "Household",
    "ImportRow",
    "ImportRun",
    "Observation",
    "ObservationKind",
    "Phone",
    "Province",
    "Relation",
    "RelationKind",
    "SavedView",
    "SavedViewQuerySet",
    "Tag",
    "ViewChoice",
    "Ward",
]
