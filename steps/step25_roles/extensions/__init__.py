"""Parts that an app chooses: each is set up by its `init_app`."""
