"""What a function does on its whole line: its zeros, isolated, and all that lies between them."""
