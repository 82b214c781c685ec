"""The commands, one file each: parse, call, print. Nothing else prints or exits.

What a command needs beyond Click is imported when it runs, so that `--help` stays quick.
"""
