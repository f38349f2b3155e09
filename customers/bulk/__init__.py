"""One change to many customers: chosen, previewed, carried out in the background, undone as one."""
