"""What a training recorded, epoch by epoch: `history.json`, and the files that Keras, pandas and others leave."""

from lstm_cli.history.epochs import History, Monitor
from lstm_cli.history.files import FILE_NAME, MAX_FILE_BYTES, load_history, save_history
from lstm_cli.history.names import VALIDATION_WORDS, find_keras_name

__all__ = [
    "FILE_NAME",
    "MAX_FILE_BYTES",
    "VALIDATION_WORDS",
    "History",
    "Monitor",
    "find_keras_name",
    "load_history",
    "save_history",
]
