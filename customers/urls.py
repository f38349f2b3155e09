from django.urls import path

from customers.views import editing, record, status

app_name = "customers"

urlpatterns = [
    path("new/", editing.create, name="create"),
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/timeline/", record.timeline, name="timeline"),
    path("<int:pk>/edit/", editing.edit, name="edit"),
    path("<int:pk>/deactivate/", status.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", status.reactivate, name="reactivate"),
]
