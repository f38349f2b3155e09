from django import template

from customers.icons import icon

register = template.Library()
register.simple_tag(icon)
