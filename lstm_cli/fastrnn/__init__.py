"""Recurrent layers for the CPU: numba kernels behind Keras' LSTM, GRU and SimpleRNN."""
