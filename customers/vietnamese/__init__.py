"""How Vietnamese names, phones, money, dates, papers and addresses are read, compared and written."""
