"""Recurrences on a CPU: Keras' LSTM, GRU and SimpleRNN as numba kernels, without Keras."""
