from django.urls import path

from customers.views import import_check, imports

urlpatterns = [
    path("", imports.imports, name="imports"),
    path("new/", imports.new, name="import_new"),
    path("<int:pk>/", imports.detail, name="import_run"),
    path("<int:pk>/columns/", imports.columns, name="import_columns"),
    path("<int:pk>/manner/", imports.manner, name="import_manner"),
    path("<int:pk>/check/", import_check.check, name="import_check"),
    path("<int:pk>/words/", import_check.words, name="import_words"),
    path("<int:pk>/write/", imports.write, name="import_write"),
    path("<int:pk>/cancel/", imports.cancel, name="import_cancel"),
    path("<int:pk>/failures/", import_check.failures, name="import_failures"),
    path("<int:pk>/undo/", imports.undo, name="import_undo"),
]
