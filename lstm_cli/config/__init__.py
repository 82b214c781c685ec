"""The configuration: its schema, its files and the words for what is wrong with one."""

from lstm_cli.config.files import (
    check_config,
    describe_named_config,
    find_named_config,
    format_config,
    list_config_names,
    load_config,
    parse_overrides,
    save_config,
)
from lstm_cli.config.problems import show_value
from lstm_cli.config.schema import (
    Config,
    DataConfig,
    DenseLayer,
    EarlyStopping,
    EmbeddingConfig,
    GRULayer,
    LSTMLayer,
    ModelConfig,
    Optimizer,
    RecurrentLayer,
    Regularizer,
    SimpleRNNLayer,
    TrainingConfig,
)

__all__ = [
    "Config",
    "DataConfig",
    "DenseLayer",
    "EarlyStopping",
    "EmbeddingConfig",
    "GRULayer",
    "LSTMLayer",
    "ModelConfig",
    "Optimizer",
    "RecurrentLayer",
    "Regularizer",
    "SimpleRNNLayer",
    "TrainingConfig",
    "check_config",
    "describe_named_config",
    "find_named_config",
    "format_config",
    "list_config_names",
    "load_config",
    "parse_overrides",
    "save_config",
    "show_value",
]
