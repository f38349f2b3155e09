"""What dev.py does. Standard library only: it begins before anything is installed."""
