from customers.models.assignment import Assignment
from customers.models.behaviour import CustomerBehaviour, CustomerBehaviourQuerySet
from customers.models.contact import CustomerIdentifier, Email, Phone
from customers.models.customer import Customer, CustomerQuerySet
from customers.models.household import Household
from customers.models.places import Province, Ward

__all__ = [
    "Assignment",
    "Customer",
    "CustomerBehaviour",
    "CustomerBehaviourQuerySet",
    "CustomerIdentifier",
    "CustomerQuerySet",
    "Email",
    "Household",
    "Phone",
    "Province",
    "Ward",
]
