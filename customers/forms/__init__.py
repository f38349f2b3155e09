from customers.forms.customer import CustomerForm
from customers.forms.status import DeactivateForm

__all__ = ["CustomerForm", "DeactivateForm"]
