from django.urls import path

from interactions import views

app_name = "interactions"

urlpatterns = [
    path("<int:customer_pk>/interactions/new/", views.create, name="create"),
    path("<int:customer_pk>/interactions/<int:pk>/files/new/", views.add_files, name="file-add"),
    path("<int:customer_pk>/next/new/", views.plan, name="follow-up-add"),
    path("<int:customer_pk>/next/<int:pk>/done/", views.finish, name="follow-up-done"),
    path("<int:customer_pk>/next/<int:pk>/cancel/", views.cancel, name="follow-up-cancel"),
]
