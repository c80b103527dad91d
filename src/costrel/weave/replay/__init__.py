"""A chapter applied to a reader's folder, block by block, in the order printed.

`reader_folder` knows how that folder differs from a step's package, `typed` what its
files are after each block, `stale_prompt` when an interactive prompt is out of date;
`in_order` goes down the page. What the transcripts print there is compared in
`costrel.weave.transcript.transcripts`.
"""
