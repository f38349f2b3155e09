"""Our own formats: Django's Vietnamese groups no digits, begins weeks on Sunday, reads 03/02 as 2 March."""
