from django.core.management import call_command


def test_the_page_is_current():
    call_command("data_dictionary", check=True)
