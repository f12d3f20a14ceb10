"""How the forecast would have done: the same code at past cutoffs, beside other methods, scored."""
