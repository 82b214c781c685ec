"""Run folders → a table of their models, judged on the same reviews and tested in pairs."""
