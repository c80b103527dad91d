"""The pages of the site, their build and their serving."""
