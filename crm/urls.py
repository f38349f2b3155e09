from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from crm import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("accounts.urls")),
    # One way to log in, with its rate limits.
    path("admin/login/", login_not_required(secure_admin_login(admin.site.login))),
    path("admin/", admin.site.urls),
    path("customers/", include("customers.urls")),
    path("customers/", include("interactions.urls")),
    path("segments/", include("segments.urls")),
    path("help/", views.help_page, name="help"),
    path("healthz", views.healthz, name="healthz"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
]

handler400 = "crm.views.bad_request"
handler403 = "crm.views.permission_denied"
handler404 = "crm.views.page_not_found"
# allauth's name for the answer beyond its rate limits.
handler429 = "crm.views.too_many_requests"
handler500 = "crm.views.server_error"
