"""A search over configurations: Optuna proposes, our training trains, one run folder a trial."""
