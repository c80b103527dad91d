"""What a maintainer does with steps: carry an edit through them, begin a new one."""
