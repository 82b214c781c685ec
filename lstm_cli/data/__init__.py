"""Reviews on their way from a data set to padded token ids.

A review's journey, one room a step: `sources` → `review.Review` → `splits` → `tokenizer` → `vocabulary` →
`padding` → `encoding`. `dataset.load_dataset` walks it, and `cache` spares the second walk.
"""
