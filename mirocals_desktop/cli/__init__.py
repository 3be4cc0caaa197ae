"""The program without a window: make, import, analyse, export and verify studies from a script.

`commands.py` is the table of commands; each has a module of its name, with its arguments and what it does.
"""
