"""The truth of the steps into the chapters: code, figures, maps and transcripts."""
