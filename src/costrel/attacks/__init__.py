"""A step's attacks, made over HTTP on a framework that is served on this machine."""
