"""The commands of `python -m thunderline`. One file for each command; main.py has their arguments."""
