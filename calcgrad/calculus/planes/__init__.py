"""Functions of two variables near a point: limits, tangent planes."""
