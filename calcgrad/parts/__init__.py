"""What the commands are made of: values and digits, derivations, code, records of a graph."""
