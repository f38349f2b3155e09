"""What every start of the web server shares; gunicorn reads it by itself in the folder where it starts."""

# The longest that gunicorn allows. Its usual half is too short for the list of customers with every condition
# filled in to the last letter, an address which the login page then carries along.
limit_request_line = 8190
