"""The map of the framework: a step's modules, and a request's path through them."""
