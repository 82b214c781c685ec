"""Training: the loop, its callbacks, the run folder and what resuming needs."""
