"""The package that measured applications belong to: its templates are theirs."""
