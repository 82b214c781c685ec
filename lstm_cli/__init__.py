"""Train, judge and use recurrent sentiment classifiers from the command line."""

__version__ = "0.1.0"
