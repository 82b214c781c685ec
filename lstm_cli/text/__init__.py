"""A text → what a model reads: `TextEncoder`, with its tokenizer by name and version, vocabulary and padding.

Training, evaluation and prediction share the one object, and the model file keeps it. Nothing outside this room
knows the numbers of the special tokens or the side that is padded.
"""
