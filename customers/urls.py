from django.urls import path

from customers.views import customer_list, editing, record, status

app_name = "customers"

urlpatterns = [
    path("", customer_list.customer_list, name="list"),
    path("filter/", customer_list.customer_filter, name="filter"),
    path("new/", editing.create, name="create"),
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/timeline/", record.timeline, name="timeline"),
    path("<int:pk>/edit/", editing.edit, name="edit"),
    path("<int:pk>/deactivate/", status.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", status.reactivate, name="reactivate"),
]
