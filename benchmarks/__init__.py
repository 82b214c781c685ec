"""The speed of lstm-cli beside stock Keras, PyTorch and Keras on JAX: `python -m benchmarks`."""
