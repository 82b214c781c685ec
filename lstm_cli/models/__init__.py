"""From a configuration to a Keras model, and from a foreign Keras model to a configuration."""
