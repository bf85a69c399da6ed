"""check: three methods against each other, a claim against the truth, a gradient written by hand."""
