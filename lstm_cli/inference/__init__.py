"""A model file → probabilities, with NumPy and the kernels alone: no TensorFlow and no Keras in the process.

`Network` computes what Keras' own `predict` computes, to 1e-5; `Classifier` is a network with all that turns a
text into what it reads and its numbers into a class' name.
"""
