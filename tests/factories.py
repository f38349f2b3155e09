"""Small, valid objects for tests; a test names only what it is about."""

import datetime
from decimal import Decimal

import factory
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Branch, User
from accounts.roles import Role
from customers.models import Consent, Customer, CustomerIdentifier, CustomerTag, Email, Household, Phone, Tag
from interactions.models import FollowUp, Interaction
from purchases.models import Category, Product, Purchase, PurchaseLine, Return

PASSWORD = "mật khẩu thử nghiệm"


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    code = factory.Sequence(lambda n: f"CN{n:03d}")
    name = factory.Sequence(lambda n: f"Chi nhánh {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"nhanvien{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.vn")
    full_name = "Trần Thu Hà"
    branch = factory.SubFactory(BranchFactory)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def role(self, create: bool, extracted: Role | None, **kwargs: object) -> None:
        if extracted is not None:
            self.groups.add(Group.objects.get(name=extracted))


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer
        skip_postgeneration_save = True

    family_name = "Nguyễn"
    middle_name = "Thị Ngọc"
    given_name = "Ánh"

    @factory.post_generation
    def phone(self, create: bool, extracted: str | None, **kwargs: object) -> None:
        if extracted:
            Phone.objects.create(customer=self, number=extracted)


class PhoneFactory(DjangoModelFactory):
    class Meta:
        model = Phone

    customer = factory.SubFactory(CustomerFactory)
    number = factory.Sequence(lambda n: f"+84912{n:06d}")


class EmailFactory(DjangoModelFactory):
    class Meta:
        model = Email

    customer = factory.SubFactory(CustomerFactory)
    address = factory.Sequence(lambda n: f"khach{n}@example.vn")


class IdentifierFactory(DjangoModelFactory):
    class Meta:
        model = CustomerIdentifier

    customer = factory.SubFactory(CustomerFactory)
    kind = "import:test"
    value = factory.Sequence(str)


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"Nhãn {n}")


class CustomerTagFactory(DjangoModelFactory):
    class Meta:
        model = CustomerTag

    customer = factory.SubFactory(CustomerFactory)
    tag = factory.SubFactory(TagFactory)


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = Household

    name = "Nhà chị Ánh"


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    code = factory.Sequence(lambda n: f"NH{n:03d}")
    name = factory.Sequence(lambda n: f"Nhóm hàng {n}")


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"SP{n:04d}")
    name = factory.Sequence(lambda n: f"Sản phẩm {n}")
    category = factory.SubFactory(CategoryFactory)


class PurchaseFactory(DjangoModelFactory):
    class Meta:
        model = Purchase

    customer = factory.SubFactory(CustomerFactory)
    number = factory.Sequence(lambda n: f"DH{n:06d}")
    purchased_at = factory.LazyFunction(timezone.now)
    net = Decimal(250_000)
    discount = Decimal(0)
    gross = factory.LazyAttribute(lambda purchase: purchase.net + purchase.discount)


class PurchaseLineFactory(DjangoModelFactory):
    class Meta:
        model = PurchaseLine

    purchase = factory.SubFactory(PurchaseFactory)
    customer = factory.SelfAttribute("purchase.customer")
    product = factory.SubFactory(ProductFactory)
    category = factory.SelfAttribute("product.category")
    net = Decimal(250_000)
    discount = Decimal(0)
    gross = factory.LazyAttribute(lambda line: line.net + line.discount)


class ReturnFactory(DjangoModelFactory):
    class Meta:
        model = Return

    purchase = factory.SubFactory(PurchaseFactory)
    customer = factory.SelfAttribute("purchase.customer")
    number = factory.Sequence(lambda n: f"TH{n:06d}")
    returned_at = factory.LazyAttribute(lambda back: back.purchase.purchased_at + datetime.timedelta(days=3))
    amount = Decimal(50_000)


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = Interaction

    customer = factory.SubFactory(CustomerFactory)
    by = factory.SubFactory(UserFactory)
    subject = "Hỏi thăm sau mua"


class FollowUpFactory(DjangoModelFactory):
    class Meta:
        model = FollowUp

    customer = factory.SubFactory(CustomerFactory)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")
    subject = "Gọi lại báo giá"
    due_on = factory.LazyFunction(timezone.localdate)


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    customer = factory.SubFactory(CustomerFactory)
    recorded_by = factory.SubFactory(UserFactory)
    purpose = "call"
    is_given = True
    source = "paper"
    evidence = "Phiếu 12"
    from_on = factory.LazyFunction(timezone.localdate)
