from django.urls import path

from segments import views

app_name = "segments"

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("refresh/", views.refresh, name="refresh"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("<slug:family>/", views.family, name="family"),
]
