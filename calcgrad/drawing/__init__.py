"""Where the language and its engines meet the pictures: expressions as curves, surfaces and sides of a limit."""
