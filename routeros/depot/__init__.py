"""Where packages come from: the vendor's layout of files, what reads it, and the mirror that keeps them."""
