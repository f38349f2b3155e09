"""The WSGI application. It never starts a database: production sets DATABASE_URL."""

import os

from django.core.wsgi import get_wsgi_application

from crm import collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

application = get_wsgi_application()
collector.calm()
