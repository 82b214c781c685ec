"""Labelled texts → what their n-grams say of the classes, for a network to read beside the words.

`settings` what is learnt · `tokens` texts as numbered tokens, each known by 64 bits · `patterns` which tokens
make an n-gram · `occurrences` which stand in which texts · `groups` and `folds` of texts · `counts`,
`regression` what the n-grams say, for each fold from the others · `fold_tables`, `tables` what is kept and told
· `fitting` all of it in order · `cost` what it takes.

A fold's statistics come from the other folds alone, so that those of a training text are as honest as a new
text's. The regression is naive Bayes' with n-grams' inputs weighed by their log ratios (Wang & Manning 2012,
"Baselines and Bigrams: Simple, Good Sentiment and Topic Classification"), and divided by a power of a text's
length.
"""
