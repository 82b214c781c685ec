"""The arrays of an .h5 file, read without trusting it.

HDF5's library believes what a file says of itself: a damaged one can keep it busy for ever or make it ask for
all memory. So it never sees a file in the process of a command. Files of ours carry a list of where their arrays
lie, inside a `seal`; all others are read by a `child` process with little time and memory. `content` reads both.
"""
