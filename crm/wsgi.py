"""The WSGI application. It never starts a database: production sets DATABASE_URL."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

application = get_wsgi_application()

# What is loaded by now stays for good: the collector need not walk through it in the middle of a page.
gc.collect()
gc.freeze()
