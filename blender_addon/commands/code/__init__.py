"""A client's Python code: run, and helped by what can be looked up."""
